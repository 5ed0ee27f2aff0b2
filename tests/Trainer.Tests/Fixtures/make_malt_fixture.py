#!/usr/bin/env python3
"""Verdicts of MALT and of MultiTargeted on a small network, as malt.json, after their papers.

    python3 make_malt_fixture.py > malt.json      (made with PyTorch 1.13.0)

MALT (Melamed et al. 2024, arXiv:2407.02240) ranks classes t by the distance of their linearised boundaries at the clean
image, (z_y - z_t) / ||grad(z_t - z_y)||, the norm dual to the threat model's, and runs APGD (Croce and Hein 2020,
arXiv:2003.01690, algorithm 1) on the targeted difference of logits ratio towards the first of them. MultiTargeted
(Gowal et al. 2019, arXiv:1910.09338) runs projected gradient ascent on z_t - z_y towards the classes of the largest logits.
Weights, images and random numbers come from torch's CPU generator under the seeds written here, and the test makes the
same ones. A verdict is the number of the target that succeeded first, or "-".
"""
import json
import math
import sys

import torch
import torch.nn.functional as F

COUNT, SIDE, CLASSES, TARGETS = 150, 10, 8, 3
RADII = {"Linf": 0.012, "L2": 0.1}
APGD_STEPS, PGD_STEPS = 100, 20


def seeded(draw, seed, *shape):
    return draw(shape, generator=torch.Generator().manual_seed(seed))


kernel = seeded(torch.randn, 1, 6, 1, 4, 4) * 0.5
# Pairs of classes with similar rows: the class of the largest logit often is not the one of the nearest boundary.
weight = seeded(torch.randn, 2, CLASSES, 6 * (SIDE // 2) ** 2) * 0.2
weight[CLASSES // 2:] = weight[:CLASSES // 2] + 0.2 * weight[CLASSES // 2:]
images = seeded(torch.rand, 3, COUNT, 1, SIDE, SIDE)


def network(x):
    return F.linear(F.relu(F.conv2d(x - 0.5, kernel, stride=2, padding=1)).flatten(1), weight)


clean = network(images)
labels = clean.argmax(1)
by_logit = clean.argsort(1, descending=True)[:, 1:]


def length(x):
    return x.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)


def at(x, loss):
    """Values, gradients, and which are misclassified."""
    x = x.detach().requires_grad_()
    logits = network(x)
    values = loss(logits)
    gradient = torch.autograd.grad(values.sum(), x)[0]
    return values.detach(), gradient, logits.argmax(1) != labels


def pick(logits, classes):
    return logits.gather(1, classes[:, None])[:, 0]


class Ball:
    def __init__(self, norm):
        self.norm, self.radius = norm, RADII[norm]

    def project(self, x):
        change = x - images
        if self.norm == "Linf":
            return (images + change.clamp(-self.radius, self.radius)).clamp(0, 1)
        return (images + change * (self.radius / length(change)).clamp(max=1)).clamp(0, 1)

    def direction(self, gradient):
        return gradient.sign() if self.norm == "Linf" else gradient / length(gradient)

    def surface(self, run):
        if self.norm == "L2":
            noise = seeded(torch.randn, 1000 + run, *images.shape)
            return self.project(images + self.radius * noise / length(noise))
        noise = 2 * seeded(torch.rand, 1000 + run, *images.shape) - 1
        return self.project(images + self.radius * noise / noise.flatten(1).abs().amax(1).reshape(-1, 1, 1, 1))

    def inside(self, run):
        if self.norm == "Linf":
            return self.project(images + self.radius * (2 * seeded(torch.rand, 1000 + run, *images.shape) - 1))
        noise = seeded(torch.randn, 1000 + run, *images.shape)
        share = seeded(torch.rand, 2000 + run, COUNT, 1, 1, 1) ** (1 / SIDE ** 2)
        return self.project(images + self.radius * share * noise / length(noise))

    def dual(self, gradient):
        rows = gradient.flatten(1)
        return rows.abs().sum(1) if self.norm == "Linf" else rows.norm(dim=1)


def targeted_ratio(targets):
    def loss(logits):
        ordered = logits.sort(1, descending=True).values
        gap = ordered[:, 0] - (ordered[:, 2] + ordered[:, 3]) / 2
        return (pick(logits, targets) - pick(logits, labels)) / (gap + 1e-12)
    return loss


def targeted_margin(targets):
    return lambda logits: pick(logits, targets) - pick(logits, labels)


def checkpoints():
    """Where APGD looks at its progress: the paper's w_j."""
    shares, found = [0, 0.22], []
    while shares[-1] <= 1:
        found.append(math.ceil(round(shares[-1] * APGD_STEPS, 6)))
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    return found


def apgd(ball, loss, start):
    """Which examples some iterate misclassifies."""
    step = torch.full((COUNT, 1, 1, 1), 2 * ball.radius)
    point, before, moments = start, start, checkpoints()
    value, gradient, broken = at(point, loss)
    best, best_point, best_gradient = value, point, gradient
    last_best, rises, was_halved, last = best, torch.zeros(COUNT), torch.ones(COUNT, dtype=torch.bool), 0
    for k in range(1, APGD_STEPS + 1):
        proposed = ball.project(point + step * ball.direction(gradient))
        if k > 1:
            proposed = ball.project(point + 0.75 * (proposed - point) + 0.25 * (point - before))
        point, before, former = proposed, point, value
        value, gradient, wrong = at(point, loss)
        broken, rises = broken | wrong, rises + (value > former)
        better = value > best
        best = torch.where(better, value, best)
        better = better.reshape(-1, 1, 1, 1)
        best_point, best_gradient = torch.where(better, point, best_point), torch.where(better, gradient, best_gradient)
        if k not in moments:
            continue
        halve = (rises <= 0.75 * (k - last)) | (~was_halved & (best <= last_best))
        rows = halve.reshape(-1, 1, 1, 1)
        step = torch.where(rows, step / 2, step)
        point, gradient = torch.where(rows, best_point, point), torch.where(rows, best_gradient, gradient)
        last_best, rises, was_halved, last = best, torch.zeros(COUNT), halve, k
    return broken


def pgd(ball, loss, start):
    point, broken = start, torch.zeros(COUNT, dtype=torch.bool)
    for _ in range(PGD_STEPS):
        _, gradient, wrong = at(point, loss)
        broken = broken | wrong
        point = ball.project(point + 2.5 * ball.radius / PGD_STEPS * ball.direction(gradient))
    return broken | (network(point).argmax(1) != labels)


def verdicts(run_towards):
    first = ["-"] * COUNT
    for run in range(TARGETS):
        for row, found in enumerate(run_towards(run).tolist()):
            first[row] = f"{run}" if found and first[row] == "-" else first[row]
    return "".join(first)


def ranked(ball):
    scores = []
    for rank in range(CLASSES - 1):
        values, gradient, _ = at(images, targeted_margin(by_logit[:, rank]))
        scores.append(-values / ball.dual(gradient))
    return by_logit.gather(1, torch.stack(scores, 1).argsort(1))


def case(norm):
    ball = Ball(norm)
    order = ranked(ball)
    return {
        "norm": norm, "epsilon": ball.radius,
        "ranked": order[:, :TARGETS].tolist(),
        "malt": verdicts(lambda run: apgd(ball, targeted_ratio(order[:, run]), ball.surface(run))),
        "multi-targeted": verdicts(lambda run: pgd(ball, targeted_margin(by_logit[:, run]), ball.inside(run))),
    }


json.dump([case(norm) for norm in RADII], sys.stdout)
print()
