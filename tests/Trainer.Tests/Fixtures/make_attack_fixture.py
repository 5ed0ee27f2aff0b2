#!/usr/bin/env python3
"""Verdicts of the public AutoAttack (github.com/fra31/auto-attack) on a small network, as attacks.json.

    python3 make_attack_fixture.py PATH/TO/auto-attack > attacks.json

Weights, images and every random number that the attacks draw come from torch's CPU generator under the seeds written
here, so that the test makes the same ones: the fixture holds verdicts and distances alone.
"""
import json
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, sys.argv[1])
from autoattack.autopgd_base import APGDAttack, APGDAttack_targeted  # noqa: E402
from autoattack.fab_pt import FABAttack_PT  # noqa: E402
from autoattack.square import SquareAttack  # noqa: E402

COUNT, SIDE, QUERIES = 150, 10, 300
CASES = {"Linf": 0.02, "L2": 0.16}
rand, randn = torch.rand, torch.randn


def seeded(draw, seed, *shape):
    generator = torch.Generator()
    generator.manual_seed(seed)
    return draw(shape, generator=generator)


kernel = seeded(randn, 1, 6, 1, 4, 4) * 0.5
weight = seeded(randn, 2, 10, 6 * (SIDE // 2) ** 2) * 0.2
images = seeded(rand, 3, COUNT, 1, SIDE, SIDE)


def network(x):
    return F.linear(F.relu(F.conv2d(x - 0.5, kernel, stride=2, padding=1)).flatten(1), weight)


with torch.no_grad():
    labels = network(images).argmax(1)
position = {image.numpy().tobytes(): row for row, image in enumerate(images)}


def rows(x):
    return torch.tensor([position[image.numpy().tobytes()] for image in x])


def apgd(kind, norm, epsilon, **options):
    attack = kind(network, n_restarts=1, n_iter=100, eps=epsilon, norm=norm, seed=0, device="cpu", **options)
    single, runs = attack.attack_single_run, [0]

    def run(x, y, x_init=None):
        chosen = rows(x)
        torch.rand = lambda shape: seeded(rand, 1000 + runs[0], COUNT, *shape[1:])[chosen]
        torch.randn = lambda shape: seeded(randn, 1000 + runs[0], COUNT, *shape[1:])[chosen]
        try:
            return single(x, y, x_init)
        finally:
            torch.rand, torch.randn, runs[0] = rand, randn, runs[0] + 1

    attack.attack_single_run = run
    return attack.perturb(images, labels)


def square(norm, epsilon):
    attack = SquareAttack(network, p_init=.8, n_queries=QUERIES, eps=epsilon, norm=norm, n_restarts=1, seed=0, device="cpu",
                          resc_schedule=False)
    # Of each example at the start, of the batch in each query.
    tiles = (SIDE // (SIDE // 5)) ** 2
    start = seeded(rand, 2000, COUNT, 1, 1, SIDE) if norm == "Linf" else seeded(rand, 2000, COUNT, tiles, 2)
    width = 3 if norm == "Linf" else 6
    queries = seeded(rand, 2001, QUERIES, width)

    def draws():
        if norm == "Linf":
            yield start
        else:
            for tile in range(tiles):
                yield start[0, tile, 0]
                yield start[:, tile, 1]
        for query in queries:
            yield from query

    values = draws()

    def draw(shape):
        value = next(values)
        return value.reshape(-1, *[1] * (len(shape) - 1)).expand(*shape).clone() if value.dim() < 2 else value.clone()

    torch.rand = draw
    try:
        return attack.perturb(images, labels)
    finally:
        torch.rand = rand


def length(norm, x):
    change = (x - images).flatten(1)
    return change.abs().amax(1) if norm == "Linf" else change.norm(dim=1)


def distances(norm, targets):
    attack = FABAttack_PT(network, n_restarts=1, n_iter=100, eps=1., norm=norm, seed=0, device="cpu", targeted=True)
    closest = torch.full((COUNT,), float("inf"))
    for target in range(2, 2 + targets):
        attack.target_class = target
        with torch.no_grad():
            found = attack.attack_single_run(images, labels, use_rand_start=False, is_targeted=True)
            fooled = network(found).argmax(1) != labels
        closest = torch.where(fooled, torch.minimum(closest, length(norm, found)), closest)
    return [round(float(value), 6) for value in closest]


def verdicts(x):
    with torch.no_grad():
        return "".join("1" if robust else "0" for robust in network(x).argmax(1) == labels)


result = []
for norm, epsilon in CASES.items():
    result.append({
        "norm": norm,
        "epsilon": epsilon,
        "apgd-ce": verdicts(apgd(APGDAttack, norm, epsilon, loss="ce")),
        "apgd-dlr": verdicts(apgd(APGDAttack, norm, epsilon, loss="dlr")),
        "apgd-t": verdicts(apgd(APGDAttack_targeted, norm, epsilon)),
        "fab-t": verdicts(FABAttack_PT(network, n_restarts=1, n_iter=100, eps=epsilon, norm=norm, seed=0, device="cpu", targeted=True,
                                       n_target_classes=9).perturb(images, labels)),
        "square": verdicts(square(norm, epsilon)),
        "distances": distances(norm, 2),
    })
json.dump(result, sys.stdout, indent=1)
print()
