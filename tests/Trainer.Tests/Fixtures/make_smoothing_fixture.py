#!/usr/bin/env python3
"""Makes smoothing.json: randomised smoothing as its papers state it, for SmoothingFixtureTests and SmoothedFixtureTests.

    python3 make_smoothing_fixture.py > smoothing.json      (made with PyTorch 1.13.0, SciPy 1.10.1)

Losses and gradients of the objectives (gaussian: arXiv:1902.02918, smoothadv: 1906.04584, consistency: 2006.04062, macer:
2001.02378) in float64, with fixed noise; one attack of smoothadv; and the votes, classes and radii of Certify, and the classes of
Predict (1902.02918), whose noise is drawn here as Trainer.Robustness documents it.
"""
import json
import math

import torch
from scipy.stats import beta, binomtest, norm
from torch.nn import functional as F

ROWS, VALUES, HIDDEN, CLASSES, DRAWS = 7, 6, 5, 4, 4
SIGMA, EPSILON, STEPS = 0.25, 0.5, 4


def numbers(tensor):
    """Values that float32 holds exactly."""
    return tensor.detach().float().double()


torch.manual_seed(0)
images = numbers(torch.rand(ROWS, VALUES))
adversarial = numbers((images + 0.1 * torch.randn(ROWS, VALUES)).clamp(0, 1))
noise = numbers(torch.randn(DRAWS, ROWS, VALUES))
weights = {
    "first.weight": numbers(torch.randn(HIDDEN, VALUES)), "first.bias": numbers(torch.randn(HIDDEN)),
    "second.weight": numbers(torch.randn(CLASSES, HIDDEN)), "second.bias": numbers(0.3 * torch.randn(CLASSES)),
}


def network(x, w):
    return torch.tanh(x @ w["first.weight"].T + w["first.bias"]) @ w["second.weight"].T + w["second.bias"]


# Labels that the mean prediction has right, in most rows.
labels = torch.stack([network(images + SIGMA * delta, weights).softmax(1) for delta in noise]).mean(0).argmax(1)
labels[5] = (labels[5] + 1) % CLASSES
smooth = 0.9 * F.one_hot(labels, CLASSES).double() + 0.1 / CLASSES


def cross_entropy(logits, target):
    log_p = logits.log_softmax(1)
    return -log_p[torch.arange(ROWS), target] if target.dim() == 1 else -(target * log_p).sum(1)


def copies(x, w, draws):
    return [network(x + SIGMA * delta, w) for delta in noise[:draws]]


def gaussian(w, target, draws):
    return torch.stack([cross_entropy(logits, target) for logits in copies(images, w, draws)]).mean()


def smoothadv(w, target, draws):
    return torch.stack([cross_entropy(logits, target) for logits in copies(adversarial, w, draws)]).mean()


def consistency(w, target, draws, lam, eta):
    logits = copies(images, w, draws)
    mean = sum(one.softmax(1) for one in logits) / draws
    divergence = sum((mean * (mean.log() - one.log_softmax(1))).sum(1) for one in logits) / draws
    entropy = -(mean * mean.log()).sum(1)
    return gaussian(w, target, draws) + (lam * divergence + eta * entropy).mean()


def macer(w, target, draws, lam, gamma, inverse):
    logits = torch.stack(copies(images, w, draws))
    mean = logits.softmax(2).mean(0)
    likelihood = torch.log(mean + 1e-10)
    loss = (-likelihood[torch.arange(ROWS), target] if target.dim() == 1 else -(target * likelihood).sum(1)).sum()
    scores, classes = (inverse * logits).softmax(2).mean(0).topk(2)
    quantile = torch.distributions.Normal(0.0, 1.0).icdf
    right = classes[:, 0] == labels
    difference = quantile(scores[:, 1]) - quantile(scores[:, 0])
    counts = right & difference.isfinite() & (difference.abs() <= gamma)
    pairs = scores[counts]
    robust = (quantile(pairs[:, 1]) - quantile(pairs[:, 0]) + gamma).sum() * SIGMA / 2
    return (loss + lam * robust) / ROWS, int(counts.sum())


def case(objective, draws, smoothed=False, **options):
    w = {key: value.clone().requires_grad_() for key, value in weights.items()}
    result = globals()[objective](w, smooth if smoothed else labels, draws, *options.values())
    loss, counted = result if isinstance(result, tuple) else (result, None)
    gradients = torch.autograd.grad(loss, list(w.values()))
    return {"objective": objective, "draws": draws, "smoothed": smoothed, "options": options, "loss": loss.item(), "counted": counted,
            "gradients": [gradient.tolist() for gradient in gradients]}


def attack():
    """PGD in L2 on the mean softmax over the noise, which is the same in every step; from the images, with steps of 2 ε / steps."""
    x = images
    for _ in range(STEPS):
        x = x.detach().requires_grad_()
        mean = sum(logits.softmax(1) for logits in copies(x, weights, DRAWS)) / DRAWS
        gradient, = torch.autograd.grad(F.nll_loss(mean.clamp(min=1e-20).log(), labels, reduction="sum"), x)
        x = x.detach() + 2 * EPSILON / STEPS * gradient / gradient.norm(dim=1, keepdim=True)
        delta = x - images
        x = (images + delta * (EPSILON / delta.norm(dim=1, keepdim=True)).clamp(max=1)).clamp(0, 1)
    return x


class Key:
    """The key of random numbers: fields mixed by SplitMix64, folded to the 32 bits of a generator's seed."""
    MASK, GOLDEN = (1 << 64) - 1, 0x9E3779B97F4A7C15

    def __init__(self, state=0):
        self.state = state

    @classmethod
    def mix(cls, value):
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & cls.MASK
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB & cls.MASK
        return value ^ (value >> 31)

    def field(self, field):
        if isinstance(field, int):
            return Key(self.mix(((self.state ^ self.mix((field + self.GOLDEN) & self.MASK)) + self.GOLDEN) & self.MASK))
        key = self.field(len(field))
        for character in field:
            key = key.field(ord(character))
        return key

    def seed(self):
        return (self.state ^ (self.state >> 32)) & 0xFFFFFFFF


def votes(image, index, key, draws):
    """The counts of _sample_noise, with draws in blocks of 100."""
    counts = [0] * CLASSES
    for block in range(math.ceil(draws / 100)):
        seed = key.field(block).field("draw").field(0).field(index).seed()
        drawn = torch.randn(1, 100, 1, 1, VALUES, generator=torch.Generator().manual_seed(seed)).reshape(100, VALUES)
        single = {name: value.float() for name, value in weights.items()}
        predictions = network(image.float() + SIGMA * drawn, single).argmax(1)[:draws - 100 * block]
        for prediction in predictions.tolist():
            counts[prediction] += 1
    return counts


def certify(image, index, key, n0, n, alpha):
    selection = votes(image, index, key.field("select"), n0)
    selected = selection.index(max(selection))
    counts = votes(image, index, key.field("estimate"), n)
    k = counts[selected]
    bound = beta.ppf(alpha, k, n - k + 1) if k > 0 else 0.0
    predicted = votes(image, index, key.field("predict"), n)
    order = sorted(predicted, reverse=True)
    p_value = binomtest(order[0], order[0] + order[1], 0.5).pvalue
    return {"index": index, "selected": selected, "votes": counts, "bound": bound, "radius": SIGMA * norm.ppf(bound) if bound >= 0.5 else None,
            "predicted": predicted.index(order[0]) if p_value <= alpha else None, "pValue": p_value}


print(json.dumps({
    "sigma": SIGMA, "epsilon": EPSILON, "steps": STEPS,
    "images": images.tolist(), "adversarial": adversarial.tolist(), "noise": noise.tolist(), "labels": labels.tolist(),
    "smooth": smooth.tolist(), "weights": {key: value.tolist() for key, value in weights.items()},
    "losses": [case("gaussian", 1), case("gaussian", 4, True), case("smoothadv", 1), case("smoothadv", 4), case("smoothadv", 4, True),
               case("consistency", 2, lam=10.0, eta=0.5), case("consistency", 4, True, lam=5.0, eta=0.5),
               case("macer", 4, lam=16.0, gamma=8.0, inverse=16.0), case("macer", 4, lam=16.0, gamma=1.0, inverse=2.0),
               case("macer", 2, True, lam=6.0, gamma=8.0, inverse=4.0), case("macer", 4, lam=0.0, gamma=8.0, inverse=16.0)],
    "attack": attack().tolist(),
    "key": Key().field(3).field("certify").seed(),
    "certified": [certify(images[row], 10 * row, Key().field(3), 100, n, alpha) for row in range(ROWS)
                  for n, alpha in [(1000, 0.001), (250, 0.05)]],
    "clopperPearson": [[k, n, alpha, beta.ppf(alpha, k, n - k + 1)] for k, n, alpha in [
        (1, 10, 0.05), (5, 10, 0.05), (9, 10, 0.001), (550, 1000, 0.05), (999, 1000, 0.001), (50_500, 100_000, 0.001),
        (99_000, 100_000, 0.001), (99_999, 100_000, 0.001), (1, 100_000, 0.001), (30, 31, 1e-9)]],
    "binomial": [[a, b, binomtest(a, a + b, 0.5).pvalue] for a, b in [(5, 5), (9, 1), (60, 40), (510, 490), (5300, 4700), (10, 0)]],
}))
