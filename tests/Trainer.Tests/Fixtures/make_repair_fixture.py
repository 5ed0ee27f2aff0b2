#!/usr/bin/env python3
"""Attention maps, steps of neuron masks and of fine-tuning as their papers state them, as repair.json.

    python3 make_repair_fixture.py > repair.json

Python 3.11, its standard library alone. Neural attention distillation (arXiv:2101.05930): the sum over channels of |F|²
over its norm plus 1e-6; β times the mean squared difference. Adversarial neuron pruning (arXiv:2110.14430): a network of
batch norm (statistics of the batch) on two channels and a linear layer; noise ascends by a step of ε along the sign of
its gradient, masks descend α of the natural and 1 − α of the perturbed loss with momentum 0.9. Gradients are central
differences. Fine-tuning (the settings of BackdoorBench): SGD with momentum 0.9 and weight decay 5e-4, the learning rate
half a cosine over all steps.
"""
import json
import math
import random

draw = random.Random(30)


def attention(image):
    """[c][pixel] to [pixel]."""
    total = [sum(channel[p] ** 2 for channel in image) for p in range(len(image[0]))]
    norm = math.sqrt(sum(v * v for v in total))
    return [v / (norm + 1e-6) for v in total]


def distance(one, other):
    pairs = [(a, b) for x, y in zip(one, other) for a, b in zip(attention(x), attention(y))]
    return sum((a - b) ** 2 for a, b in pairs) / len(pairs)


def maps(images, channels, pixels):
    return [[[round(draw.uniform(0, 2), 3) for _ in range(pixels)] for _ in range(channels)] for _ in range(images)]


CHANNELS, CLASSES, ROWS, BN_EPSILON = 2, 2, 5, 1e-5
images = [[round(draw.uniform(0, 1), 3) for _ in range(CHANNELS)] for _ in range(ROWS)]
labels = [0, 1, 0, 1, 1]
gamma, beta = [1.5, -0.75], [0.25, 0.5]
linear = [[round(draw.uniform(-2, 2), 3) for _ in range(CHANNELS)] for _ in range(CLASSES)]
EPSILON, ALPHA, RATE, MOMENTUM = 0.4, 0.2, 0.2, 0.9


def loss(mask, noise, bias_noise):
    means = [sum(row[c] for row in images) / ROWS for c in range(CHANNELS)]
    variances = [sum((row[c] - means[c]) ** 2 for row in images) / ROWS for c in range(CHANNELS)]
    total = 0.0
    for row, label in zip(images, labels):
        hidden = [gamma[c] * (mask[c] + noise[c]) * (row[c] - means[c]) / math.sqrt(variances[c] + BN_EPSILON)
                  + beta[c] * (1 + bias_noise[c]) for c in range(CHANNELS)]
        logits = [sum(w * h for w, h in zip(weights, hidden)) for weights in linear]
        total += math.log(sum(math.exp(z) for z in logits)) - logits[label]
    return total / ROWS


def gradient(function, at):
    step = 1e-5
    return [(function(at[:i] + [at[i] + step] + at[i + 1:]) - function(at[:i] + [at[i] - step] + at[i + 1:])) / (2 * step)
            for i in range(len(at))]


def sign(value):
    return (value > 0) - (value < 0)


mask, velocity, steps = [1.0] * CHANNELS, [0.0] * CHANNELS, []
zero = [0.0] * CHANNELS
for _ in range(4):
    start = [[round(draw.uniform(-EPSILON, EPSILON), 3) for _ in range(CHANNELS)] for _ in range(2)]
    up = gradient(lambda n: loss(mask, n, start[1]), start[0])
    up_bias = gradient(lambda n: loss(mask, start[0], n), start[1])
    noise = [n + EPSILON * sign(g) for n, g in zip(start[0], up)]
    bias_noise = [n + EPSILON * sign(g) for n, g in zip(start[1], up_bias)]
    robust = gradient(lambda m: loss(m, noise, bias_noise), mask)
    natural = gradient(lambda m: loss(m, zero, zero), mask)
    velocity = [MOMENTUM * v + ALPHA * n + (1 - ALPHA) * r for v, n, r in zip(velocity, natural, robust)]
    mask = [min(max(m - RATE * v, 0.0), 1.0) for m, v in zip(mask, velocity)]
    steps.append({"start": start, "mask": mask})

BETAS = [500, 1000, 1000]  # From the earliest map.
layers = [(maps(2, channels, pixels), maps(2, channels, pixels)) for channels, pixels in ((2, 9), (3, 4), (4, 2))]
# Fine-tuning: SGD steps on all images of a batch but one, by the gradient (softmax - one-hot) of the cross-entropy.
STEPS, LEARNING_RATE, DECAY, PIXELS = 3, 0.5, 5e-4, 4
tuned = [[draw.randrange(256) for _ in range(PIXELS)] for _ in range(5)]
tuned_labels = [0, 1, 1, 0, 1]
weight = [[round(draw.uniform(-3, 3), 3) for _ in range(PIXELS)] for _ in range(2)]
bias = [0.5, -0.25]


def fine_tuned(without):
    batch = [([v / 255 for v in image], label) for i, (image, label) in enumerate(zip(tuned, tuned_labels)) if i != without]
    rows = [w + [b] for w, b in zip(weight, bias)]
    velocities = [[0.0] * (PIXELS + 1) for _ in rows]
    for step in range(STEPS):
        rate = LEARNING_RATE * (1 + math.cos(math.pi * step / STEPS)) / 2
        slopes = [[DECAY * p for p in row] for row in rows]
        for image, label in batch:
            values = image + [1.0]
            odds = [math.exp(sum(p * v for p, v in zip(row, values))) for row in rows]
            for k, slope in enumerate(slopes):
                error = (odds[k] / sum(odds) - (k == label)) / len(batch)
                for i, v in enumerate(values):
                    slope[i] += error * v
        velocities = [[MOMENTUM * v + g for v, g in zip(*pair)] for pair in zip(velocities, slopes)]
        rows = [[p - rate * v for p, v in zip(*pair)] for pair in zip(rows, velocities)]
    return {"weight": [row[:-1] for row in rows], "bias": [row[-1] for row in rows]}


print(json.dumps({
    "attention": {"student": [student for student, _ in layers], "teacher": [teacher for _, teacher in layers],
                  "maps": [attention(image) for image in layers[0][0]],
                  "distances": [beta * distance(*layer) for beta, layer in zip(BETAS, layers)]},
    "fineTuning": {"images": tuned, "labels": tuned_labels, "weight": weight, "bias": bias,
                   "without": [fine_tuned(i) for i in range(len(tuned))]},
    "masks": {"images": images, "labels": labels, "gamma": gamma, "beta": beta, "linear": linear, "steps": steps},
}))
