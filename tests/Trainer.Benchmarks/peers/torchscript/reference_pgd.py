# PGD-10 adversarial training, with gradients of the weights in the attack that are thrown away.


def start_of(x: Tensor) -> Tensor:
    return torch.clamp(x + torch.empty_like(x).uniform_(-0.1, 0.1), 0, 1)


def attack(w: List[Tensor], s: List[Tensor], x: Tensor, y: Tensor, start: Tensor) -> Tensor:
    adversarial = start.detach()
    for _ in range(10):
        adversarial.requires_grad_()
        loss = torch.cross_entropy_loss(network(w, s, adversarial, False), y)
        adversarial = sign_step(x, adversarial, gradients_of(loss, [adversarial] + w)[0])
    return adversarial


def train(w: List[Tensor], s: List[Tensor], m: List[Tensor], x: Tensor, adversarial: Tensor, y: Tensor):
    loss = torch.cross_entropy_loss(network(w, s, adversarial, True), y)
    sgd(w, gradients_of(loss, w), m)
