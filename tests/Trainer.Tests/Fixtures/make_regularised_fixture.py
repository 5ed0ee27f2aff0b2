#!/usr/bin/env python3
"""Makes regularised-objectives.json: gradalign, nuat, elle, dkl, gkl and fgsm-pco as their public code computes them.

    python3 make_regularised_fixture.py > regularised-objectives.json      (made with PyTorch 1.13.0, in float64)

Formulas after train.py of tml-epfl/understanding-fast-adv-training, CIFAR10/NuAT_cifar10.py of val-iisc/NuAT,
core/utils/train.py of LIONS-EPFL/ELLE, DKLv2/Adv-training-dkl/train_dkl_cifar10.py of jiequancui/DKL and FGSM-PCO.py of
HandingWangXDGroup/FGSM-PCO. Each loss and its gradients are of a network of two layers with fixed weights, images,
adversarial images and draws. "batchNorm" has them with batch norm between the layers, after the order of the public
code's passes and the mode of each, and where Trainer departs from that by default, after what its comments say.
"""
import json

import numpy as np
import torch
from torch.nn import functional as F

ROWS, VALUES, HIDDEN, CLASSES = 7, 6, 5, 4
EPSILON = 0.1


def numbers(tensor):
    """Values that float32 holds exactly."""
    return tensor.detach().float().double()


torch.manual_seed(1)
images = numbers(torch.rand(ROWS, VALUES))
adversarial = numbers((images + EPSILON * (2 * torch.rand(ROWS, VALUES) - 1)).clamp(0, 1))
first, second, share = numbers(torch.rand(ROWS, VALUES)), numbers(torch.rand(ROWS, VALUES)), numbers(torch.rand(ROWS))
labels = torch.arange(ROWS) % CLASSES
weights = {
    "first.weight": numbers(2 * torch.randn(HIDDEN, VALUES)), "first.bias": numbers(torch.randn(HIDDEN)),
    "second.weight": numbers(2 * torch.randn(CLASSES, HIDDEN)), "second.bias": numbers(torch.randn(CLASSES)),
}
means = numbers(torch.rand(CLASSES, CLASSES).softmax(1))
errors = numbers(torch.tensor([0.5, 0.4, 0.6, 0.5, 2.0, 0.5, 0.45, 0.9, 3.0, 3.1]))


def network(x, w):
    return torch.tanh(x @ w["first.weight"].T + w["first.bias"]) @ w["second.weight"].T + w["second.bias"]


def uniform(draw):
    return EPSILON * (2 * draw - 1)


def input_gradient(w, delta, graph):
    delta = delta.clone().requires_grad_()
    loss = F.cross_entropy(network(images + delta, w), labels)
    gradient = torch.autograd.grad(loss, delta, create_graph=graph)[0]
    return gradient if graph else gradient.detach()


def gradalign(w):
    clean, noisy = input_gradient(w, torch.zeros_like(images), False), input_gradient(w, uniform(first), True)
    unit = [g / (g ** 2).sum(1).sqrt()[:, None] for g in (clean, noisy)]
    return F.cross_entropy(network(adversarial, w), labels) + 2 * (1 - (unit[0] * unit[1]).sum(1).mean())


def nuat(w):
    out, adv_out = network(images, w), network(adversarial, w)
    return F.cross_entropy(out, labels) + 4.5 * torch.norm(out - adv_out, "nuc") / ROWS


def elle(w):
    x_ab = torch.cat([images + uniform(first), images + uniform(second)])
    x_c = (1 - share[:, None]) * x_ab[:ROWS] + share[:, None] * x_ab[ROWS:]
    losses = F.cross_entropy(network(torch.cat([x_ab, x_c]), w), labels.repeat(3), reduction="none")
    error = F.mse_loss(losses[2 * ROWS:], (1 - share) * losses[:ROWS] + share * losses[ROWS:2 * ROWS])
    return F.cross_entropy(network(adversarial, w), labels) + 400 * error


def squared(n, a, w):
    delta_n, delta_a = n[:, :, None] - n[:, None, :], a[:, :, None] - a[:, None, :]
    return 0.25 * (torch.pow(delta_n - delta_a, 2) * w).sum() / w.sum()


def soft(n, a):
    return -(n.softmax(1).detach() * a.log_softmax(1)).sum(1).mean()


def gkl(w, alpha=4.0, beta=20.0, gamma=0.2):
    n, a = network(images, w), network(adversarial, w)
    prior = torch.pow(means[labels], gamma)
    return F.cross_entropy(n, labels) + alpha * soft(n, a) + beta * squared(n, a, prior[:, :, None] @ prior[:, None, :])


def dkl(w, alpha=3.0, beta=2.0):
    n, a = network(images, w), network(adversarial, w)
    p = n.softmax(1).detach()
    error = squared(n, a.detach(), p[:, :, None] @ p[:, None, :])
    return F.cross_entropy(n, labels) + alpha * soft(n, a) + beta * error


smooth = numbers(F.one_hot(labels, CLASSES) * 0.6 + (F.one_hot(labels, CLASSES) - 1.0) * ((0.6 - 1) / (CLASSES - 1)))
kept = numbers(uniform(second))


def smoothed(logits):
    return (-smooth * logits.log_softmax(-1)).sum(-1).mean()


def next_delta(w):
    """The perturbation after one step from the one that is kept."""
    delta = kept.clone().requires_grad_()
    gradient = torch.autograd.grad(smoothed(network(images + delta, w)), delta)[0]
    delta = (kept + EPSILON * torch.sign(gradient)).clamp(-EPSILON, EPSILON)
    return torch.max(torch.min(delta, 1 - images), -images).detach()


def fgsm_pco(w):
    delta = next_delta(w)
    ori = network(images + kept, w)
    confidence = (F.one_hot(labels, CLASSES) * ori.softmax(1)).max(1, keepdim=True).values
    confidence = (1 - confidence).clamp(0, 1)
    fused = network(confidence * (images + kept) + (1 - confidence) * (images + 1.5 * delta), w)
    attacked = network(images + delta, w)
    return smoothed(fused) + 10 * (F.mse_loss(attacked, ori) - F.mse_loss(attacked, fused)).abs()


def case(loss_of):
    w = {key: value.clone().requires_grad_() for key, value in weights.items()}
    loss = loss_of(w)
    return {"objective": loss_of.__name__, "loss": loss.item(),
            "gradients": [gradient.tolist() for gradient in torch.autograd.grad(loss, list(w.values()))]}


def nuclear_attack(alternate):
    """One step from noise of random signs; every second step maximises the norm, too."""
    out = network(images, weights)
    x = (images + 0.5 * EPSILON * torch.sign(0.5 - first)).clamp(0, 1).requires_grad_()
    rout = network(x, weights)
    cost = F.cross_entropy(rout, labels) + (4.5 * torch.norm(out - rout, "nuc") / ROWS if alternate else 0)
    x = (x.detach() + EPSILON * torch.sign(torch.autograd.grad(cost, x)[0])).clamp(0, 1)
    return (images + (x - images).clamp(-EPSILON, EPSILON)).clamp(0, 1).tolist()


def lambdas():
    """ELLE-A's lambda after each of the errors."""
    seen, value, found = [], 0.0, []
    for error in errors.tolist():
        large = len(seen) > 2 and error > np.mean(seen) + 2 * np.std(seen)
        value = 400.0 if large else value * 0.99
        seen.append(error)
        found.append(value)
    return found


def class_means(temperature):
    sums = F.one_hot(labels, CLASSES).double().T @ (network(images, weights) / temperature).softmax(1)
    return (sums / sums.sum(1, keepdim=True)).tolist()


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

    def __call__(self, x, mode):
        hidden = x @ self.w["first.weight"].T + self.w["first.bias"]
        centre, spread = self.mean, self.variance
        if mode != "eval":
            centre, spread = hidden.mean(0), hidden.var(0, unbiased=False)
        if mode == "train":
            self.mean = 0.9 * self.mean + 0.1 * centre.detach()
            self.variance = 0.9 * self.variance + 0.1 * hidden.detach().var(0)
            self.passes += 1
        hidden = (hidden - centre) / (spread + 1e-5).sqrt() * self.w["norm.weight"] + self.w["norm.bias"]
        return torch.tanh(hidden) @ self.w["second.weight"].T + self.w["second.bias"]

    def gradient(self, start, mode, loss, graph=False):
        """The gradient at a point, and the pass that it comes from."""
        x = start.clone().requires_grad_()
        logits = self(x, mode)
        found = torch.autograd.grad(loss(logits), x, create_graph=graph, retain_graph=True)[0]
        return (found if graph else found.detach()), logits


def entropy(logits):
    return F.cross_entropy(logits, labels)


def in_ball(x):
    return (images + (x - images).clamp(-EPSILON, EPSILON)).clamp(0, 1).detach()


def gradalign_bn(net, mode):
    # Public: a pass of the clean images, whose gradient is the attack's and the penalty's, then the adversarial images,
    # then the noisy ones, all in training mode. Departure: the attack has a pass of its own before, in evaluation mode.
    step = net.gradient(images, "eval", entropy)[0]
    clean, _ = net.gradient(images, "train", entropy)
    step = clean if mode == "batch" else step
    attacked = in_ball(images + EPSILON * step.sign())
    loss = entropy(net(attacked, "train"))
    noisy, _ = net.gradient(images + uniform(first), "train", entropy, graph=True)
    cosine = F.cosine_similarity(clean.flatten(1), noisy.flatten(1), eps=1e-30)
    return attacked, loss + 2 * (1 - cosine.mean())


def nuat_bn(net, update):
    # Public: a pass of the clean images in training mode, for the attack, which is in evaluation mode; then adversarial
    # and clean images in training mode. Departure: the attack has clean logits of the evaluation mode, too.
    start = (images + 0.5 * EPSILON * torch.sign(0.5 - first)).clamp(0, 1)
    out = net(images, "eval").detach()
    found, _ = net.gradient(
        start, "eval", lambda logits: entropy(logits) + 4.5 * torch.norm(out - logits, "nuc") / ROWS)
    attacked = in_ball((start + EPSILON * found.sign()).clamp(0, 1))
    if update == ["natural", "adversarial", "natural"]:
        net(images, "train")
        adv_out, out = net(attacked, "train"), net(images, "train")
    else:
        out, adv_out = net(images, "train"), net(attacked, "train")
    return attacked, entropy(out) + 4.5 * torch.norm(out - adv_out, "nuc") / ROWS


def both(net, update):
    # Public: the attack in evaluation mode, then adversarial and clean images. Departure: clean and adversarial.
    if update == ["adversarial", "natural"]:
        a, n = net(adversarial, "train"), net(images, "train")
    else:
        n, a = net(images, "train"), net(adversarial, "train")
    return n, a


def gkl_bn(net, update):
    n, a = both(net, update)
    prior = torch.pow(means[labels], 0.2)
    return adversarial, entropy(n) + 4 * soft(n, a) + 20 * squared(n, a, prior[:, :, None] @ prior[:, None, :])


def dkl_bn(net, update):
    n, a = both(net, update)
    p = n.softmax(1).detach()
    return adversarial, entropy(n) + 3 * soft(n, a) + 2 * squared(n, a.detach(), p[:, :, None] @ p[:, None, :])


def elle_bn(net, mode):
    # Public: the attack's pass, the adversarial images, and the triples in one pass, all in training mode; then one of
    # the clean images, for a metric, which Trainer leaves out. Departure: the attack is in evaluation mode.
    found, _ = net.gradient(images, mode, entropy)
    attacked = (images + EPSILON * found.sign()).clamp(0, 1).detach()
    loss = entropy(net(attacked, "train"))
    a, b = images + uniform(first), images + uniform(second)
    c = (1 - share[:, None]) * a + share[:, None] * b
    of_a, of_b, of_c = F.cross_entropy(
        net(torch.cat([a, b, c]), "train"), labels.repeat(3), reduction="none").reshape(3, ROWS)
    return attacked, loss + 40 * (of_c - (1 - share) * of_a - share * of_b).square().mean()


def fgsm_pco_bn(net, mode):
    # Public: the images with what is kept of them, whose gradient is the attack's and whose logits the loss's, then the
    # fusion, then the adversarial images, all in training mode. Departure: the attack has a pass of its own before, in
    # evaluation mode.
    step = net.gradient(images + kept, "eval", smoothed)[0]
    found, ori = net.gradient(images + kept, "train", smoothed)
    step = found if mode == "batch" else step
    attacked = in_ball(images + kept + EPSILON * step.sign())
    doubt = 1 - ori.softmax(1).gather(1, labels[:, None])
    fused = net(doubt * (images + kept) + (1 - doubt) * (images + 1.5 * (attacked - images)), "train")
    out = net(attacked, "train")
    return attacked, smoothed(fused) + 10 * (F.mse_loss(out, ori) - F.mse_loss(out, fused)).abs()


def normalised_case(loss_of, attack="eval", update=("all",)):
    net = Normalised()
    attacked, loss = loss_of(net, list(update) if update != ("all",) else attack)
    return {"objective": loss_of.__name__[:-3].replace("_", "-"), "attack": attack, "update": list(update),
            "adversarial": attacked.tolist(), "loss": loss.item(),
            "gradients": {key: gradient.tolist() for key, gradient in zip(
                net.w, torch.autograd.grad(loss, list(net.w.values())))},
            "mean": net.mean.tolist(), "variance": net.variance.tolist(), "passes": net.passes}


NATURAL, ADVERSARIAL = "natural", "adversarial"
normalised_cases = [
    normalised_case(gradalign_bn), normalised_case(gradalign_bn, "batch"),
    normalised_case(nuat_bn), normalised_case(nuat_bn, update=(NATURAL, ADVERSARIAL, NATURAL)),
    normalised_case(gkl_bn), normalised_case(gkl_bn, update=(ADVERSARIAL, NATURAL)),
    normalised_case(dkl_bn), normalised_case(dkl_bn, update=(ADVERSARIAL, NATURAL)),
    normalised_case(elle_bn), normalised_case(elle_bn, "train"),
    normalised_case(fgsm_pco_bn), normalised_case(fgsm_pco_bn, "batch"),
]

print(json.dumps({
    "images": images.tolist(), "adversarial": adversarial.tolist(), "labels": labels.tolist(),
    "draws": [first.tolist(), second.tolist(), share.tolist()], "means": means.tolist(),
    "weights": {key: value.tolist() for key, value in weights.items()},
    "losses": [case(loss_of) for loss_of in (gradalign, nuat, elle, gkl, dkl)],
    "smooth": smooth.tolist(), "kept": kept.tolist(), "next": (images + next_delta(weights)).tolist(),
    "pco": case(fgsm_pco),
    "nuclearAttacks": [nuclear_attack(False), nuclear_attack(True)],
    "batchNorm": {**{key: value.tolist() for key, value in norm.items()}, "cases": normalised_cases},
    "errors": errors.tolist(), "lambdas": lambdas(), "classMeans": class_means(4.0),
}))
