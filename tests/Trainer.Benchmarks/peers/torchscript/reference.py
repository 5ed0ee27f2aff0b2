# The order of work of the best-known repositories: what reference_pgd.py and reference_trades.py share.


def relu(x: Tensor) -> Tensor:
    return torch.relu(x)


def halve(x: Tensor, weight: Tensor) -> Tensor:
    """A 1x1 convolution of stride 2."""
    return torch.conv2d(x, weight, None, [2, 2])


def prepare(weights: List[Tensor], channels_last: bool) -> List[Tensor]:
    """Leaf tensors that require gradients, in the default memory format whatever is asked for."""
    leaves: List[Tensor] = []
    for weight in weights:
        leaves.append(weight.clone().detach().requires_grad_())
    return leaves


def gradients_of(loss: Tensor, inputs: List[Tensor]) -> List[Tensor]:
    gradients: List[Tensor] = []
    for gradient in torch.autograd.grad([loss], inputs):
        assert gradient is not None
        gradients.append(gradient)
    return gradients


def sign_step(x: Tensor, adversarial: Tensor, gradient: Tensor) -> Tensor:
    adversarial = adversarial.detach() + 0.025 * torch.sign(gradient)
    adversarial = torch.min(torch.max(adversarial, x - 0.1), x + 0.1)
    return torch.clamp(adversarial, 0, 1)


def sgd(w: List[Tensor], gradients: List[Tensor], m: List[Tensor]):
    """torch.optim.SGD with its defaults on the CPU: one tensor after the other."""
    torch.set_grad_enabled(False)
    for i in range(len(w)):
        gradient = gradients[i].add(w[i], alpha=5e-4)
        m[i].mul_(0.9).add_(gradient)
        w[i].add_(gradient.add(m[i], alpha=0.9), alpha=-0.01)
    torch.set_grad_enabled(True)


def run(steps: int, w: List[Tensor], s: List[Tensor], m: List[Tensor], images: Tensor, labels: Tensor, batch: int) -> int:
    correct = 0
    for _ in range(steps):
        rows = torch.randint(0, images.size(0), [batch])
        x, y = images[rows], labels[rows]
        train(w, s, m, x, attack(w, s, x, y, start_of(x)), y)
        torch.set_grad_enabled(False)
        correct += int(network(w, s, x, True).argmax(1).eq(y).sum().item())
        torch.set_grad_enabled(True)
    return correct
