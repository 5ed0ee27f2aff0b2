#!/usr/bin/env python3
"""Makes objectives.json: training objectives as their papers state them, in plain PyTorch, for ObjectiveFixtureTests.

    python3 make_objective_fixture.py > objectives.json      (made with PyTorch 1.13.0)

A network of two layers with fixed weights, seven images with fixed adversarial ones, and for each objective the loss and
its gradient to every parameter.
"""
import json

import torch
from torch.nn import functional as F

ROWS, VALUES, HIDDEN, CLASSES = 7, 6, 5, 4
EPSILON = 0.1


def numbers(tensor):
    """Values that float32 holds exactly."""
    return tensor.detach().float().double()


torch.manual_seed(0)
images = numbers(torch.rand(ROWS, VALUES))
adversarial = numbers((images + EPSILON * (2 * torch.rand(ROWS, VALUES) - 1)).clamp(0, 1))
noise = numbers(torch.randn(ROWS, VALUES))
labels = torch.arange(ROWS) % CLASSES
smooth = 0.9 * F.one_hot(labels, CLASSES).double() + 0.1 / CLASSES
weights = {
    "first.weight": numbers(2 * torch.randn(HIDDEN, VALUES)), "first.bias": numbers(torch.randn(HIDDEN)),
    "second.weight": numbers(2 * torch.randn(CLASSES, HIDDEN)), "second.bias": numbers(torch.randn(CLASSES)),
}


def network(x, w):
    return torch.tanh(x @ w["first.weight"].T + w["first.bias"]) @ w["second.weight"].T + w["second.bias"]


def cross_entropy(logits, target):
    """Of each row; the target a class or a distribution."""
    log_p = logits.log_softmax(1)
    if target.dim() == 1:
        return -log_p[torch.arange(len(target)), target]
    return -(target * log_p).sum(1)


def kl(log_p, log_q):
    return (log_p.exp() * (log_p - log_q)).sum(1)


# Each takes the logits of clean and adversarial images, true classes and targets, and gives the loss of each row.
def pgd_at(clean, attacked, classes, target):
    return cross_entropy(attacked, target)


def trades(clean, attacked, classes, target, beta=6.0):
    return cross_entropy(clean, target) + beta * kl(clean.log_softmax(1), attacked.log_softmax(1))


def mart(clean, attacked, classes, target, weight=5.0):
    p, q = attacked.softmax(1), clean.softmax(1)
    own = F.one_hot(classes, CLASSES).bool()
    strongest = p.masked_fill(own, -1).max(1).values
    boosted = cross_entropy(attacked, target) - torch.log(1.0001 - strongest + 1e-12)
    divergence = (q * (q.log() - torch.log(p + 1e-12))).sum(1)
    return boosted + weight * divergence * (1.0000001 - q[own])


OBJECTIVES = {"pgd-at": pgd_at, "trades": trades, "mart": mart}


def loss_of(objective, w, target, mix, rows):
    clean, attacked = network(images[:rows], w), network(adversarial[:rows], w)
    target, classes = target[:rows], labels[:rows]
    if mix is None:
        return OBJECTIVES[objective](clean, attacked, classes, target).mean()
    c = mix["cleanFraction"]
    if mix["pairing"] == "paired":
        return c * cross_entropy(clean, target).mean() + (1 - c) * OBJECTIVES[objective](clean, attacked, classes, target).mean()
    kept = int(c * rows + 0.5)
    w_clean = mix["cleanWeight"]
    others = OBJECTIVES[objective](clean[kept:], attacked[kept:], classes[kept:], target[kept:])
    return (w_clean * cross_entropy(clean[:kept], target[:kept]).sum() + others.sum()) / (w_clean * kept + rows - kept)


def perturbed(objective, w, gamma):
    """The weights after the ascent step of adversarial weight perturbation; biases stay."""
    gradients = torch.autograd.grad(loss_of(objective, w, labels, None, ROWS), list(w.values()))
    return {key: (value + gamma * value.norm() * gradient / (gradient.norm() + 1e-20) if key.endswith("weight") else value).detach().requires_grad_()
            for (key, value), gradient in zip(w.items(), gradients)}


def case(objective, mix=None, smoothed=False, rows=ROWS, gamma=0):
    w = {key: value.clone().requires_grad_() for key, value in weights.items()}
    if gamma > 0:
        w = perturbed(objective, w, gamma)
    loss = loss_of(objective, w, smooth if smoothed else labels, mix, rows)
    gradients = torch.autograd.grad(loss, list(w.values()))
    return {"objective": objective, "mix": mix, "smoothed": smoothed, "rows": rows, "gamma": gamma,
            "loss": loss.item(), "gradients": [gradient.tolist() for gradient in gradients]}


def attack(loss, steps, size):
    """PGD from a normal start of deviation 0.001, not projected before its first step."""
    x = images + 0.001 * noise
    for _ in range(steps):
        x = x.detach().requires_grad_()
        gradient, = torch.autograd.grad(loss(network(x, weights)).sum(), x)
        x = x.detach() + size * gradient.sign()
        x = torch.max(torch.min(x, images + EPSILON), images - EPSILON).clamp(0, 1)
    return x.tolist()


natural = network(images, weights).log_softmax(1)
disjoint = {"cleanFraction": 0.4, "pairing": "disjoint", "cleanWeight": 2.0}
paired = {"cleanFraction": 0.3, "pairing": "paired", "cleanWeight": 1.0}
print(json.dumps({
    "images": images.tolist(), "adversarial": adversarial.tolist(), "noise": noise.tolist(), "labels": labels.tolist(),
    "smooth": smooth.tolist(), "weights": {key: value.tolist() for key, value in weights.items()},
    "losses": [case(name, mix, smoothed, rows) for name in OBJECTIVES
               for mix, smoothed, rows in [(None, False, 7), (None, True, 7), (disjoint, False, 7), (disjoint, True, 7),
                                           (paired, False, 7), (paired, True, 7), (disjoint, False, 4), (disjoint, False, 1)]] + [case(name, gamma=0.01) for name in OBJECTIVES],
    "attacks": {
        "trades": attack(lambda logits: kl(natural, logits.log_softmax(1)), 4, 0.04),
        "mart": attack(lambda logits: cross_entropy(logits, labels), 4, 0.04),
    },
}))
