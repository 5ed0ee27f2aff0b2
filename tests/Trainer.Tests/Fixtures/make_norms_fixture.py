#!/usr/bin/env python3
"""Makes norms.json: max, average, e-at and ramp, their attack and the gradient projection, in float64.

    python3 make_norms_fixture.py > norms.json      (made with PyTorch 1.13.0)

After RAMP.py, MAX.py, autopgd_train.py and utils.py of uiuc-focal-lab/RAMP, and train.py of fra31/robust-finetuning,
written anew; the first check of APGD compares the first iterate with the start. Losses and gradients are of a network
of two layers with fixed weights, images and adversarial images. "batchNorm" has them with batch norm between the layers,
after the order of the public code's passes and the mode of each.
"""
import json

import torch
from torch.nn import functional as F

ROWS, VALUES, HIDDEN, CLASSES = 7, 20, 6, 4
RADII = {"linf": 0.1, "l2": 0.3, "l1": 0.8}
LAMBDA, BETA = 5.0, 0.5


def numbers(tensor):
    """Values that float32 holds exactly."""
    return tensor.detach().float().double()


torch.manual_seed(3)
images = numbers(0.1 + 0.8 * torch.rand(ROWS, VALUES))
labels = torch.arange(ROWS) % CLASSES
weights = {
    "first.weight": numbers(torch.randn(HIDDEN, VALUES)), "first.bias": numbers(torch.randn(HIDDEN)),
    "second.weight": numbers(2 * torch.randn(CLASSES, HIDDEN)), "second.bias": numbers(torch.randn(CLASSES)),
}
# Labels of which some are predicted and some are not.
labels[:4] = (torch.tanh(images @ weights["first.weight"].T + weights["first.bias"]) @ weights["second.weight"].T
              + weights["second.bias"]).argmax(1)[:4]


def network(x, w=weights):
    return torch.tanh(x @ w["first.weight"].T + w["first.bias"]) @ w["second.weight"].T + w["second.bias"]


def losses_at(x):
    """The cross-entropy of each row, and its gradient."""
    x = x.clone().requires_grad_()
    loss = F.cross_entropy(network(x), labels, reduction="none")
    return loss.detach(), torch.autograd.grad(loss.sum(), x)[0]


def nearest_in_l1(change, radius):
    """The nearest change within the radius that leaves the image in [0, 1]: the amount to shorten by is bisected."""
    room = torch.where(change > 0, 1 - images, images)

    def kept(amount):
        return torch.minimum((change.abs() - amount[:, None]).clamp(min=0), room)

    low, high = torch.zeros(ROWS).double(), change.abs().max(1).values
    for _ in range(100):
        middle = (low + high) / 2
        too_long = kept(middle).sum(1) > radius
        low, high = torch.where(too_long, middle, low), torch.where(too_long, high, middle)
    amount = torch.where(kept(torch.zeros_like(low)).sum(1) > radius, high, torch.zeros_like(high))
    return change.sign() * kept(amount)


def project(x, norm):
    change = x - images
    if norm == "linf":
        change = change.clamp(-RADII[norm], RADII[norm])
    elif norm == "l2":
        change = change * (RADII[norm] / change.norm(dim=1, keepdim=True).clamp(min=1e-12)).clamp(max=1)
    else:
        return images + nearest_in_l1(change, RADII[norm])
    return (images + change).clamp(0, 1)


def dense_step(norm, gradient, size):
    unit = gradient.sign() if norm == "linf" else gradient / gradient.norm(dim=1, keepdim=True)
    return size[:, None] * unit


def sparse_step(gradient, size, share):
    ordered = gradient.abs().sort(1).values
    place = ((1 - share) * VALUES).clamp(0, VALUES - 1).long()
    signs = torch.where(gradient.abs() >= ordered.gather(1, place[:, None]), gradient.sign(), torch.zeros(()).double())
    return size[:, None] * signs / (signs.abs().sum(1, keepdim=True) + 1e-10)


def apgd(norm, steps):
    """The images of the highest loss, and that loss."""
    radius, sparse = RADII[norm], norm == "l1"
    point, former = images.clone(), images.clone()
    loss, gradient = losses_at(point)
    best, best_gradient, best_loss, at_check, last_loss = (
        point.clone(), gradient.clone(), loss.clone(), loss.clone(), loss.clone())
    size = torch.full([ROWS], radius if sparse else 2 * radius).double()
    halved, rises = torch.ones(ROWS, dtype=torch.bool), torch.zeros(ROWS)
    # In float32 as there: a whole number may be rounded to the one below.
    share, changed_before = torch.full([ROWS], 0.05), torch.full([ROWS], float(VALUES))
    interval = max(int((0.04 if sparse else 0.22) * steps), 1)
    since = 0
    for step in range(steps):
        if sparse:
            following = project(point + sparse_step(gradient, size, share), norm)
        else:
            following = project(point + dense_step(norm, gradient, size), norm)
            share_of_new = 1.0 if step == 0 else 0.75
            following = project(
                point + share_of_new * (following - point) + (1 - share_of_new) * (point - former), norm)
        former, point = point, following
        loss, gradient = losses_at(point)
        rises += loss > last_loss
        last_loss = loss
        higher = loss > best_loss
        best, best_gradient = (torch.where(higher[:, None], new, old)
                               for new, old in ((point, best), (gradient, best_gradient)))
        best_loss = torch.maximum(loss, best_loss)
        since += 1
        if since < interval:
            continue
        since = 0
        if sparse:
            changed = (best != images).sum(1).float()
            back = changed / changed_before < 0.95
            share, changed_before = changed / VALUES / 1.5, changed
            size = torch.where(back, torch.full_like(size, radius), (size / 1.5).clamp(radius / 10, radius))
        else:
            back = (rises <= 0.75 * interval) | (~halved & (at_check >= best_loss))
            size = torch.where(back, size / 2, size)
            halved, at_check, rises = back, best_loss.clone(), torch.zeros(ROWS)
            interval = max(interval - max(int(0.03 * steps), 1), max(int(0.06 * steps), 1))
        point, gradient = (torch.where(back[:, None], old, new)
                           for new, old in ((point, best), (gradient, best_gradient)))
    return best, best_loss


adversarial = {norm: numbers(apgd(norm, 3)[0]) for norm in ("linf", "l1")}
source, target = adversarial["linf"], adversarial["l1"]
worst_is_target = losses_at(target)[0] > losses_at(source)[0]
worst = torch.where(worst_is_target[:, None], target, source)


def max_loss(w):
    return F.cross_entropy(network(worst, w), labels)


def average_loss(w):
    return (F.cross_entropy(network(source, w), labels) + F.cross_entropy(network(target, w), labels)) / 2


def ramp_loss(w):
    out_source, out_target = network(source, w), network(target, w)
    right = out_source.argmax(1) == labels
    pairing = F.kl_div(out_target[right].log_softmax(1), out_source[right].softmax(1), reduction="sum") / right.sum()
    return F.cross_entropy(network(worst, w), labels) + LAMBDA * pairing


def case(name, loss_of):
    w = {key: value.clone().requires_grad_() for key, value in weights.items()}
    loss = loss_of(w)
    return {"objective": name, "loss": loss.item(),
            "gradients": [gradient.tolist() for gradient in torch.autograd.grad(loss, list(w.values()))]}


def attack(norm, steps):
    best, loss = apgd(norm, steps)
    return {"norm": norm, "epsilon": RADII[norm], "steps": steps, "images": best.tolist(), "losses": loss.tolist()}


def projection():
    """Weights at the beginning of an epoch, after natural and after adversarial training, and projected."""
    first, natural, trained = (numbers(torch.randn(4, 3)) for _ in range(3))
    found = []
    for other in (natural, 2 * first - natural):
        change, natural_change = trained - first, other - first
        cosine = F.cosine_similarity(change.reshape(1, -1), natural_change.reshape(1, -1))
        found.append({"natural": other.tolist(), "projected": (
            first + BETA * cosine.clamp(min=0) * natural_change + (1 - BETA) * change).tolist()})
    return {"first": first.tolist(), "trained": trained.tolist(), "beta": BETA, "cases": found}


def probabilities():
    """Of E-AT's threat models, from correct images and all images so far."""
    found = []
    for counts in ([[0, 0], [30, 64]], [[40, 64], [30, 128]], [[64, 64], [100, 128]]):
        shares = [right / every if every else 0.5 for right, every in counts]
        if not all(every for _, every in counts):
            shares = [0.5] * len(counts)
        errors = [1 - share for share in shares]
        found.append({"errors": [[every - right, every] for right, every in counts],
                      "probabilities": [error / sum(errors) for error in errors]})
    return found


projected = projection()
# Numbers with which batch norm leaves some rows right and some wrong.
torch.manual_seed(4)
norm = {
    "scale": numbers(torch.rand(HIDDEN) + 0.5), "shift": numbers(torch.randn(HIDDEN)),
    "mean": numbers(torch.randn(HIDDEN)), "variance": numbers(torch.rand(HIDDEN) + 0.5),
}


class Normalised:
    """The network with batch norm; each pass in training mode moves the running statistics by a tenth."""

    def __init__(self):
        self.w = {key: value.clone().requires_grad_() for key, value in {
            **weights, "norm.weight": norm["scale"], "norm.bias": norm["shift"]}.items()}
        self.mean, self.variance, self.passes = norm["mean"].clone(), norm["variance"].clone(), 0

    def __call__(self, x, training):
        hidden = x @ self.w["first.weight"].T + self.w["first.bias"]
        centre, spread = self.mean, self.variance
        if training:
            centre, spread = hidden.mean(0), hidden.var(0, unbiased=False)
            self.mean = 0.9 * self.mean + 0.1 * centre.detach()
            self.variance = 0.9 * self.variance + 0.1 * hidden.detach().var(0)
            self.passes += 1
        hidden = (hidden - centre) / (spread + 1e-5).sqrt() * self.w["norm.weight"] + self.w["norm.bias"]
        return torch.tanh(hidden) @ self.w["second.weight"].T + self.w["second.bias"]

    def worse(self):
        """Of each row the image with the higher loss, which the attacks have in evaluation mode."""
        of_source, of_target = (
            F.cross_entropy(self(x, False), labels, reduction="none").detach() for x in (source, target))
        assert (of_source > of_target).any() and (of_source < of_target).any()
        return torch.where((of_target > of_source)[:, None], target, source)


def max_bn(net):
    # Public: MAX.py. The worse image of each row in training mode.
    attacked = net.worse()
    return attacked, F.cross_entropy(net(attacked, True), labels)


def average_bn(net):
    # Without public code: the images of both norms in one pass.
    out = net(torch.cat([source, target]), True)
    return torch.stack([source, target], 1), F.cross_entropy(out, labels.repeat(2))


def e_at_bn(net):
    # Public: train.py of robust-finetuning. The images of the norm that was drawn, here the second, in training mode.
    return target, F.cross_entropy(net(target, True), labels)


def ramp_bn(net):
    # Public: RAMP.py. In training mode the target's images, the source's and the worse ones, each in a pass of its own.
    attacked = net.worse()
    out_target, out_source = net(target, True), net(source, True)
    right = (out_source.argmax(1) == labels).detach()
    pairing = F.kl_div(out_target[right].log_softmax(1), out_source[right].softmax(1), reduction="sum") / right.sum()
    assert right.any() and not right.all()
    return torch.stack([source, target, attacked], 1), F.cross_entropy(net(attacked, True), labels) + LAMBDA * pairing


def normalised_case(loss_of):
    net = Normalised()
    attacked, loss = loss_of(net)
    return {"objective": loss_of.__name__[:-3].replace("_", "-"), "adversarial": attacked.tolist(), "loss": loss.item(),
            "gradients": {key: gradient.tolist() for key, gradient in zip(
                net.w, torch.autograd.grad(loss, list(net.w.values())))},
            "mean": net.mean.tolist(), "variance": net.variance.tolist(), "passes": net.passes}


assert worst_is_target.any() and not worst_is_target.all()
assert (network(source).argmax(1) == labels).any() and not (network(source).argmax(1) == labels).all()
print(json.dumps({
    "images": images.tolist(), "labels": labels.tolist(), "source": source.tolist(), "target": target.tolist(),
    "worst": worst.tolist(), "weights": {key: value.tolist() for key, value in weights.items()},
    "losses": [case(*pair) for pair in (("max", max_loss), ("average", average_loss), ("ramp", ramp_loss))],
    "attacks": [attack(norm, steps) for norm in RADII for steps in (1, 3, 10)],
    "projection": projected, "probabilities": probabilities(),
    "batchNorm": {**{key: value.tolist() for key, value in norm.items()},
                  "cases": [normalised_case(loss_of) for loss_of in (max_bn, average_bn, e_at_bn, ramp_bn)]},
}))
