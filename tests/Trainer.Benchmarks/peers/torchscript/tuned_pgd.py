# PGD-10 adversarial training: the gradient of the input alone in the attack, updates in place, fused SGD, and weights in
# the memory format that was faster when the peer started.


def relu(x: Tensor) -> Tensor:
    return torch.relu_(x)


def halve(x: Tensor, weight: Tensor) -> Tensor:
    """A 1x1 convolution of stride 2 as a product: channels-last with 256 to 512 channels on 4x4 outputs, the convolution of
    libtorch 2.10 returns wrong values on processors with AVX-512."""
    return torch.linear(x[:, :, ::2, ::2].permute([0, 2, 3, 1]), weight.flatten(1)).permute([0, 3, 1, 2])


def prepare(weights: List[Tensor], channels_last: bool) -> List[Tensor]:
    """Leaf tensors that require gradients; weights of convolutions in channels-last order (memory format 2) or row-major."""
    leaves: List[Tensor] = []
    for weight in weights:
        own = weight.clone(memory_format=2) if channels_last and weight.dim() == 4 else weight.clone(memory_format=0)
        leaves.append(own.detach().requires_grad_())
    return leaves


def attack(w: List[Tensor], s: List[Tensor], x: Tensor, y: Tensor, start: Tensor) -> Tensor:
    lowest, highest = (x - 0.1).clamp_(0, 1), (x + 0.1).clamp_(0, 1)
    adversarial = torch.max(torch.min(start, highest), lowest)
    for _ in range(10):
        adversarial.requires_grad_()
        loss = torch.cross_entropy_loss(network(w, s, adversarial, False), y, None, 2)
        gradient = torch.autograd.grad([loss], [adversarial])[0]
        assert gradient is not None
        adversarial = adversarial.detach()
        adversarial.add_(gradient.sign_(), alpha=0.025).clamp_(lowest, highest)
    return adversarial


def train(w: List[Tensor], s: List[Tensor], m: List[Tensor], x: Tensor, adversarial: Tensor, y: Tensor):
    loss = torch.cross_entropy_loss(network(w, s, adversarial, True), y)
    gradients: List[Tensor] = []
    for weight, gradient in zip(w, torch.autograd.grad([loss], w)):
        assert gradient is not None
        # The fused update reads weight, gradient and momentum in the order of their memory.
        gradients.append(gradient.contiguous() if weight.is_contiguous() else gradient.contiguous(memory_format=2))
    torch.set_grad_enabled(False)
    torch._fused_sgd_(w, gradients, m, weight_decay=5e-4, momentum=0.9, lr=0.01, dampening=0.0,
                      nesterov=True, maximize=False, is_first_step=False)
    torch.set_grad_enabled(True)


def run(steps: int, w: List[Tensor], s: List[Tensor], m: List[Tensor], images: Tensor, labels: Tensor, batch: int) -> int:
    for _ in range(steps):
        rows = torch.randint(0, images.size(0), [batch])
        x, y = images.index_select(0, rows).float().div_(255), labels[rows]
        start = torch.rand_like(x).mul_(0.2).sub_(0.1).add_(x)
        train(w, s, m, x, attack(w, s, x, y, start), y)
    return steps
