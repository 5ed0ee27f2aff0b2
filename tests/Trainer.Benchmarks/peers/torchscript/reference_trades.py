# TRADES-10 in the order of its public code: the natural probabilities anew in each step of the attack.


def start_of(x: Tensor) -> Tensor:
    return x + 0.001 * torch.randn_like(x)


def attack(w: List[Tensor], s: List[Tensor], x: Tensor, y: Tensor, start: Tensor) -> Tensor:
    adversarial = start.detach()
    for _ in range(10):
        adversarial.requires_grad_()
        natural = torch.softmax(network(w, s, x, False), 1)
        loss = torch.kl_div(torch.log_softmax(network(w, s, adversarial, False), 1), natural, 2)
        adversarial = sign_step(x, adversarial, gradients_of(loss, [adversarial])[0])
    return adversarial


def train(w: List[Tensor], s: List[Tensor], m: List[Tensor], x: Tensor, adversarial: Tensor, y: Tensor):
    logits = network(w, s, x, True)
    natural = torch.softmax(network(w, s, x, True), 1)
    divergence = torch.kl_div(torch.log_softmax(network(w, s, adversarial, True), 1), natural, 2)
    loss = torch.cross_entropy_loss(logits, y) + 6.0 / x.size(0) * divergence
    sgd(w, gradients_of(loss, w), m)
