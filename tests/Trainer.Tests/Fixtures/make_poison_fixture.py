#!/usr/bin/env python3
"""Warps, spectral scores, clusters and entropies of training-time threats as their papers state them, as poison.json.

    python3 make_poison_fixture.py > poison.json

Python 3.11, its standard library alone. WaNet (arXiv:2102.10369): control points over their mean absolute value,
interpolated bicubically (a = -0.75, the outermost points at the outermost pixels, the border repeated), times s over the
side, added to the identity grid, clipped; images sampled bilinearly, zero outside. Spectral signatures
(arXiv:1811.00636): the squared projection of centred features on their first right singular vector. Activation
clustering (arXiv:1811.03728): of features whitened on their first principal components, the two clusters with the least
sum of squared distances to their means, by trying every division. STRIP (arXiv:1902.06531): the entropy of the
predictions on the sum of two images.
"""
import itertools
import json
import math
import random
import sys

draw = random.Random(27)


def cubic(t):
    a, t = -0.75, abs(t)
    if t <= 1:
        return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1
    return a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a if t < 2 else 0.0


def interpolate(points, height, width):
    k = len(points)

    def at(place, length):
        source = place * (k - 1) / (length - 1)
        first = math.floor(source)
        return [(min(max(first + step, 0), k - 1), cubic(source - first - step)) for step in range(-1, 3)]

    return [[sum(wr * wc * points[r][c] for r, wr in at(row, height) for c, wc in at(column, width))
             for column in range(width)] for row in range(height)]


def clip(value):
    return min(max(value, -1.0), 1.0)


def warp_grid(controls, strength, height, width):
    mean = sum(abs(v) for plane in controls for row in plane for v in row) / (2 * len(controls[0]) ** 2)
    along_columns, along_rows = (interpolate([[v / mean for v in row] for row in plane], height, width)
                                 for plane in controls)
    return [[[clip(-1 + 2 * c / (width - 1) + strength * along_columns[r][c] / width),
              clip(-1 + 2 * r / (height - 1) + strength * along_rows[r][c] / height)]
             for c in range(width)] for r in range(height)]


def sample(image, grid):
    height, width = len(image), len(image[0])

    def pixel(r, c):
        return image[r][c] if 0 <= r < height and 0 <= c < width else 0.0

    def value(x, y):
        column, row = (x + 1) / 2 * (width - 1), (y + 1) / 2 * (height - 1)
        c, r = math.floor(column), math.floor(row)
        dc, dr = column - c, row - r
        return ((1 - dr) * ((1 - dc) * pixel(r, c) + dc * pixel(r, c + 1))
                + dr * ((1 - dc) * pixel(r + 1, c) + dc * pixel(r + 1, c + 1)))

    return [[value(x, y) for x, y in row] for row in grid]


def eigenvectors(matrix):
    """Jacobi's method: eigenvalues, falling, with their vectors."""
    n = len(matrix)
    a = [row[:] for row in matrix]
    v = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(100):
        for p, q in itertools.combinations(range(n), 2):
            if abs(a[p][q]) < 1e-300:
                continue
            theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
            t = math.copysign(1, theta) / (abs(theta) + math.hypot(theta, 1))
            c = 1 / math.hypot(t, 1)
            s = t * c
            for k in range(n):
                a[k][p], a[k][q] = c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]
            for k in range(n):
                a[p][k], a[q][k] = c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]
            for k in range(n):
                v[k][p], v[k][q] = c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]
    return sorted(((a[i][i], [v[k][i] for k in range(n)]) for i in range(n)), reverse=True)


def centred(rows):
    means = [sum(column) / len(rows) for column in zip(*rows)]
    return [[value - mean for value, mean in zip(row, means)] for row in rows]


def principal(rows):
    return eigenvectors([[sum(row[i] * row[j] for row in rows) / len(rows) for j in range(len(rows[0]))]
                         for i in range(len(rows[0]))])


def dot(one, other):
    return sum(a * b for a, b in zip(one, other))


def spectral(rows):
    rows = centred(rows)
    first = principal(rows)[0][1]
    return [dot(row, first) ** 2 for row in rows]


def clusters(rows, components):
    rows = centred(rows)
    axes = principal(rows)[:components]
    white = [[dot(row, vector) / math.sqrt(value) for value, vector in axes] for row in rows]
    best = None
    for bits in itertools.product([False, True], repeat=len(rows) - 1):
        second = (False,) + bits
        if not any(second):
            continue
        cost = 0.0
        for side in (False, True):
            part = [row for row, one in zip(white, second) if one == side]
            cost += sum(value ** 2 for row in centred(part) for value in row)
        if best is None or cost < best[0]:
            best = (cost, second)
    return best[1]


def numbers(*shape):
    if len(shape) > 1:
        return [numbers(*shape[1:]) for _ in range(shape[0])]
    return [round(draw.uniform(-1, 1), 3) for _ in range(shape[0])]


warps = []
for height, width, k, strength in ((8, 8, 4, 0.5), (6, 9, 3, 2.0)):
    controls = numbers(2, k, k)
    image = [[abs(value) for value in row] for row in numbers(height, width)]
    grid = warp_grid(controls, strength, height, width)
    warps.append({"strength": strength, "controls": controls, "image": image, "grid": grid, "warped": sample(image, grid)})

# Thirteen rows, of which four are away from the others along one direction.
features = [[value + (2.5 * shift if index < 4 else 0) for value, shift in zip(row, (1, -0.5, 0.25, 0, 0))]
            for index, row in enumerate(numbers(13, 5))]
# In nats, of a linear network; the sum is clipped to 1.
CLASSES, PIXELS = 3, 4
weight = [[round(5 * v, 3) for v in row] for row in numbers(CLASSES, PIXELS)]
bias = numbers(CLASSES)
trained, held = ([[draw.randrange(256) for _ in range(PIXELS)] for _ in range(count)] for count in (5, 8))


def entropy(image, overlay):
    both = [min((a + b) / 255, 1.0) for a, b in zip(image, overlay)]
    odds = [math.exp(dot(row, both) + b) for row, b in zip(weight, bias)]
    return -sum(o / sum(odds) * math.log(o / sum(odds)) for o in odds)


strip = {"weight": weight, "bias": bias, "trained": trained, "held": held,
         "entropies": [[entropy(image, overlay) for overlay in held] for image in trained],
         "heldEntropies": [[entropy(image, overlay) for overlay in held] for image in held]}

json.dump({"warps": warps, "features": features, "spectral": spectral(features),
           "clusters": [{"components": count, "second": clusters(features, count)} for count in (1, 2, 3)], "strip": strip},
          sys.stdout, indent=1)
print()
