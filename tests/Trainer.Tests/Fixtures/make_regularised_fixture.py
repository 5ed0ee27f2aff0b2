#!/usr/bin/env python3
"""Makes regularised-objectives.json: gradalign, nuat, elle, dkl, gkl and fgsm-pco as their public code computes them.

    python3 make_regularised_fixture.py > regularised-objectives.json      (made with PyTorch 1.13.0, in float64)

Formulas after train.py of tml-epfl/understanding-fast-adv-training, CIFAR10/NuAT_cifar10.py of val-iisc/NuAT,
core/utils/train.py of LIONS-EPFL/ELLE, DKLv2/Adv-training-dkl/train_dkl_cifar10.py of jiequancui/DKL and FGSM-PCO.py of
HandingWangXDGroup/FGSM-PCO. Each loss and its gradients are of a network of two layers with fixed weights, images,
adversarial images and draws.
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


print(json.dumps({
    "images": images.tolist(), "adversarial": adversarial.tolist(), "labels": labels.tolist(),
    "draws": [first.tolist(), second.tolist(), share.tolist()], "means": means.tolist(),
    "weights": {key: value.tolist() for key, value in weights.items()},
    "losses": [case(loss_of) for loss_of in (gradalign, nuat, elle, gkl, dkl)],
    "smooth": smooth.tolist(), "kept": kept.tolist(), "next": (images + next_delta(weights)).tolist(),
    "pco": case(fgsm_pco),
    "nuclearAttacks": [nuclear_attack(False), nuclear_attack(True)],
    "errors": errors.tolist(), "lambdas": lambdas(), "classMeans": class_means(4.0),
}))
