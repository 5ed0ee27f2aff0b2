#!/usr/bin/env python3
"""AutoAttack in PyTorch (Croce and Hein 2020, arXiv:2003.01690), standard, L-infinity: what Trainer's is timed against.

    python3 tests/Trainer.Benchmarks/peers/autoattack.py WEIGHTS.safetensors EPSILON

Reads "FIRST COUNT" a line, attacks those of Fashion-MNIST's test images with apgd-ce, apgd-t, fab-t and square in turn,
and answers with the milliseconds and a character an image, 1 where it stands. Written from the papers with the forwards
and backwards that the public code does and in its order: each attack on what the earlier ones left, whole runs of 100
iterations for an image that is broken at the first, a gradient after the last step, a forward to rank the targets for
each target, gradients of the weights within FAB, one window for all images within Square; but for a forward or two an attack.
"""
import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from objectives import begin_with, conv_small
from quickstart import batch, read

ITERATIONS, TARGETS, QUERIES = 100, 9, 5000


def fooled(network, images, labels):
    with torch.no_grad():
        return network(images).argmax(1).ne(labels)


def ranked(network, images, rank):
    """The class at a rank of each image's logits, from the top, which is 1."""
    with torch.no_grad():
        return network(images).sort(1)[1][:, -rank]


def into(adversarial, images, epsilon):
    """The nearest point in ball and box."""
    return torch.min(torch.max(adversarial, images - epsilon), images + epsilon).clamp(0, 1)


def cross_entropy(logits, labels, _):
    return F.cross_entropy(logits, labels, reduction="none")


def targeted_dlr(logits, labels, targets):
    top = logits.sort(1)[0]
    rows = torch.arange(len(labels))
    return -(logits[rows, labels] - logits[rows, targets]) / (top[:, -1] - 0.5 * (top[:, -3] + top[:, -4]) + 1e-12)


def apgd_run(network, images, labels, targets, epsilon, loss_of):
    """One run of APGD: the last adversarial of each image, or where it ends."""
    def evaluate(point):
        point = point.detach().requires_grad_()
        logits = network(point)
        loss = loss_of(logits, labels, targets)
        gradient, = torch.autograd.grad(loss.sum(), point)
        return loss.detach(), gradient, logits.detach().argmax(1).ne(labels)

    noise = 2 * torch.rand_like(images) - 1
    point = (images + epsilon * noise / noise.abs().flatten(1).amax(1).view(-1, 1, 1, 1)).clamp(0, 1)
    found = point.clone()
    best_loss, gradient, _ = evaluate(point)
    best, best_gradient, before = point.clone(), gradient.clone(), point.clone()
    step = torch.full((len(images), 1, 1, 1), 2 * epsilon)
    losses = torch.zeros(ITERATIONS, len(images))
    interval, shortest, shorter = int(0.22 * ITERATIONS), int(0.06 * ITERATIONS), int(0.03 * ITERATIONS)
    since, halved, checked_loss = 0, torch.ones(len(images), dtype=torch.bool), best_loss.clone()
    for iteration in range(ITERATIONS):
        momentum, share = point - before, 0.75 if iteration > 0 else 1.0
        before = point.clone()
        plain = into(point + step * gradient.sign(), images, epsilon)
        point = into(point + (plain - point) * share + momentum * (1 - share), images, epsilon)
        loss, gradient, out = evaluate(point)
        found[out] = point[out]
        losses[iteration] = loss
        better = loss > best_loss
        best[better], best_gradient[better], best_loss[better] = point[better], gradient[better], loss[better]
        since += 1
        if since == interval:
            rises = sum((losses[iteration - back] > losses[iteration - back - 1]).float() for back in range(interval))
            halve = (rises <= 0.75 * interval) | (~halved & (checked_loss >= best_loss))
            halved, checked_loss = halve, best_loss.clone()
            step[halve] /= 2
            point[halve], gradient[halve] = best[halve], best_gradient[halve]
            interval, since = max(interval - shorter, shortest), 0
    return found


def apgd_ce(network, images, labels, epsilon):
    return apgd_run(network, images, labels, None, epsilon, cross_entropy)


def one_target_after_the_other(network, images, labels, attack):
    """Each target's run on the images that the earlier ones left."""
    adversarial, standing = images.clone(), torch.arange(len(images))
    for rank in range(2, TARGETS + 2):
        if len(standing) == 0:
            break
        x, y = images[standing], labels[standing]
        found, out = attack(x, y, ranked(network, x, rank))
        adversarial[standing[out]] = found[out]
        standing = standing[~out]
    return adversarial


def apgd_t(network, images, labels, epsilon):
    def attack(x, y, targets):
        found = apgd_run(network, x, y, targets, epsilon, targeted_dlr)
        return found, fooled(network, found, y)
    return one_target_after_the_other(network, images, labels, attack)


def hyperplane_step(points, normals, offsets):
    """The smallest step, in the largest change of a pixel, that takes each point in the box onto normal . z = offset."""
    lack = offsets - (normals * points).sum(1)
    normals = normals * lack.sign().unsqueeze(1)
    weights, room = normals.abs(), torch.where(normals > 0, 1 - points, points)
    room_sorted, order = room.sort(1)
    weights_sorted = weights.gather(1, order)
    full = (weights_sorted * room_sorted).cumsum(1)
    free = weights_sorted.sum(1, keepdim=True) - weights_sorted.cumsum(1)
    short = (full + free * room_sorted < lack.abs().unsqueeze(1)).sum(1, keepdim=True)
    before = (short - 1).clamp(min=0)
    some = short > 0
    moved = torch.where(some, full.gather(1, before), torch.zeros_like(lack).unsqueeze(1))
    slope = torch.where(some, free.gather(1, before), weights_sorted.sum(1, keepdim=True))
    radius = ((lack.abs().unsqueeze(1) - moved) / slope.clamp(min=1e-12)).clamp(min=0)
    return torch.min(radius, room) * normals.sign()


def fab_t(network, images, labels, epsilon, bias=0.1, overshoot=1.05, backward=0.9):
    def attack(x, y, targets):
        rows, shape = torch.arange(len(x)), (-1, 1, 1, 1)
        flat = x.flatten(1)
        point, found, nearest = x.clone(), x.clone(), torch.full((len(x),), 1e10)
        for _ in range(ITERATIONS):
            point = point.detach().requires_grad_()
            logits = network(point)
            difference = logits[rows, targets] - logits[rows, y]
            difference.sum().backward()
            normals, point = point.grad.flatten(1), point.detach()
            offsets = (normals * point.flatten(1)).sum(1) - difference.detach()
            steps = hyperplane_step(torch.cat([point.flatten(1), flat]), normals.repeat(2, 1), offsets.repeat(2))
            own, original = steps.view(2, *x.shape)
            far, near = steps.abs().amax(1).clamp(min=1e-8).view(2, -1)
            share = (far / (far + near)).clamp(0, bias).view(shape)
            point = ((point + overshoot * own) * (1 - share) + (x + overshoot * original) * share).clamp(0, 1)
            out = fooled(network, point, y)
            distance = (point - x).flatten(1).abs().amax(1)
            closer = out & (distance < nearest)
            found[closer], nearest[closer] = point[closer], distance[closer]
            point[out] = x[out] + (point[out] - x[out]) * backward
        return found, fooled(network, found, y) & (nearest <= epsilon)
    return one_target_after_the_other(network, images, labels, attack)


def square(network, images, labels, epsilon, share=0.8):
    def margin(x, y):
        with torch.no_grad():
            logits = network(x)
        own = logits.gather(1, y[:, None]).squeeze(1)
        return own - logits.scatter(1, y[:, None], -math.inf).amax(1)

    def signs(*shape):
        return 2 * torch.randint(0, 2, shape).float() - 1

    channels, height, width = images.shape[1:]
    best = (images + epsilon * signs(len(images), channels, 1, width)).clamp(0, 1)
    least = margin(best, labels)
    for query in range(QUERIES):
        standing = (least > 0).nonzero().squeeze(1)
        if len(standing) == 0:
            break
        x, y, own, lowest = images[standing], labels[standing], best[standing], least[standing]
        halvings = sum(query > after for after in (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000))
        side = max(round(math.sqrt(share / 2 ** halvings * height * width)), 1)
        # The last place is left out, as in the public code.
        top, left = (torch.randint(0, max(most - side, 1), ()) for most in (height, width))
        change = torch.zeros(channels, height, width)
        change[:, top:top + side, left:left + side] = 2 * epsilon * signs(channels, 1, 1)
        tried = into(own + change, x, epsilon)
        now = margin(tried, y)
        better = (now < lowest) | (now <= 0)
        least[standing] = torch.where(better, now, lowest)
        best[standing] = torch.where(better.view(-1, 1, 1, 1), tried, own)
    return best


def standing_after_all(network, images, labels, epsilon):
    stands = ~fooled(network, images, labels)
    for attack in (apgd_ce, apgd_t, fab_t, square):
        left = stands.nonzero().squeeze(1)
        if len(left) == 0:
            break
        adversarial = attack(network, images[left], labels[left], epsilon)
        assert (adversarial - images[left]).abs().max() <= epsilon + 1e-6
        stands[left] = ~fooled(network, adversarial, labels[left])
    return stands


def main():
    weights, epsilon = sys.argv[1], float(sys.argv[2])
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    network = conv_small(norm=False)
    with torch.no_grad():
        begin_with(network, weights)
    network.eval()
    images, labels = read("/usr/share/datasets/fashion-mnist", "t10k")
    print("ready", flush=True)
    for line in sys.stdin:
        first, count = map(int, line.split())
        x, y = batch(images, torch.arange(first, first + count)), labels[first:first + count]
        began = time.perf_counter()
        stands = standing_after_all(network, x, y, epsilon)
        print(1000 * (time.perf_counter() - began), "".join(map(str, stands.int().tolist())), flush=True)


if __name__ == "__main__":
    main()
