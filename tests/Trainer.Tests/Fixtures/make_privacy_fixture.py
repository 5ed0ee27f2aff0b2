#!/usr/bin/env python3
"""Scores of membership inference as their papers state them, as privacy.json.

    python3 make_privacy_fixture.py > privacy.json

Python 3.11, its standard library alone; probabilities as fractions of integers where they can be. Confidence
(arXiv:2112.03570): log p_y - log sum of the other p, of softmax. LiRA: the logarithm of the ratio of two Gaussian
densities around the medians of shadow models with and without the example; with few models one standard deviation, that
of all distances from the mean of the example's side, weighted by their number. Offline: the distance above the median
without, in deviations. RMIA (arXiv:2312.03262), offline: the share of population images z whose p(z|target) / p(z) is
below p(x|target) / p(x), with p = ((1 + a) mean + 1 - a) / 2 over models without the image. Area: the share of pairs in
the right order, ties half. TPR: the largest with a false-positive rate of at most the bound. Intervals: Clopper and
Pearson, by bisection of sums of binomial terms.
"""
import json
import math
import random
import statistics
import sys
from fractions import Fraction

draw = random.Random(41)
EXAMPLES, SHADOWS, POPULATION = 40, 8, 15


def phi(logits, label):
    e = [Fraction(math.exp(z)) for z in logits]
    return math.log(e[label]) - math.log(sum(e) - e[label])


def probability(value):
    return 1 / (1 + math.exp(-value))


logits = [[round(draw.gauss(0, 3), 3) for _ in range(5)] for _ in range(6)]
labels = [draw.randrange(5) for _ in logits]

member = [draw.random() < 0.5 for _ in range(EXAMPLES)]
inside = []
for _ in range(EXAMPLES):
    half = [True] * (SHADOWS // 2) + [False] * (SHADOWS // 2)
    draw.shuffle(half)
    inside.append(half)
level = [draw.gauss(2, 2) for _ in range(EXAMPLES)]
shadows = [[round(level[x] + draw.gauss(1.5 if inside[x][k] else 0, 1), 6) for x in range(EXAMPLES)]
           for k in range(SHADOWS)]
target = [round(level[x] + draw.gauss(1.5 if member[x] else 0, 1), 6) for x in range(EXAMPLES)]
hard = [draw.gauss(2, 2) for _ in range(POPULATION)]
z_target = [round(h + draw.gauss(0, 1), 6) for h in hard]
z_shadows = [[round(h + draw.gauss(0, 1), 6) for h in hard] for _ in range(SHADOWS)]


def side(x, with_it):
    return [shadows[k][x] for k in range(SHADOWS) if inside[x][k] == with_it]


def pooled(sides):
    return math.sqrt(sum(sum((v - statistics.fmean(s)) ** 2 for v in s) for s in sides) / sum(map(len, sides)))


def density(value, centre, deviation):
    return math.exp(-((value - centre) / deviation) ** 2 / 2) / (deviation * math.sqrt(2 * math.pi))


both = pooled([side(x, w) for x in range(EXAMPLES) for w in (True, False)])
out = pooled([side(x, False) for x in range(EXAMPLES)])
online = [math.log(density(target[x], statistics.median(side(x, True)), both))
          - math.log(density(target[x], statistics.median(side(x, False)), both)) for x in range(EXAMPLES)]
offline = [(target[x] - statistics.median(side(x, False))) / out for x in range(EXAMPLES)]


def marginal(values, a):
    return ((1 + a) * statistics.fmean(map(probability, values)) + 1 - a) / 2


def rmia(a):
    ratio_z = [probability(z_target[z]) / marginal([s[z] for s in z_shadows], a) for z in range(POPULATION)]
    return [sum(r < probability(target[x]) / marginal(side(x, False), a) for r in ratio_z) / POPULATION
            for x in range(EXAMPLES)]


def area(scores):
    pairs = [(s, t) for s, m in zip(scores, member) if m for t, n in zip(scores, member) if not n]
    return sum(1.0 if s > t else 0.5 if s == t else 0.0 for s, t in pairs) / len(pairs)


def true_positives(scores, bound):
    members, others = sum(member), len(member) - sum(member)
    return max(sum(s >= t and m for s, m in zip(scores, member)) for t in scores + [math.inf]
               if Fraction(sum(s >= t and not m for s, m in zip(scores, member)), others) <= bound)


def tail(n, k, p):
    return math.fsum(math.comb(n, i) * p ** i * (1 - p) ** (n - i) for i in range(k, n + 1))


def clopper_pearson(k, n):
    def bisect(function, wanted):
        low, high = 0.0, 1.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if function(middle) < wanted else (low, middle)
        return low
    return [0.0 if k == 0 else bisect(lambda p: tail(n, k, p), 0.025),
            1.0 if k == n else bisect(lambda p: 1 - tail(n, k + 1, p) < 0.025, True)]


json.dump({
    "logits": logits, "labels": labels, "phi": [phi(z, y) for z, y in zip(logits, labels)],
    "member": member, "inside": [list(row) for row in zip(*inside)], "shadows": shadows, "target": target,
    "populationTarget": z_target, "populationShadows": z_shadows, "online": online, "offline": offline,
    "rmia": [{"a": a, "scores": rmia(a)} for a in (0.0, 0.3, 1.0)],
    "curves": [{"scores": s, "auc": area(s), "at5": true_positives(s, Fraction(5, 100)),
                "at20": true_positives(s, Fraction(20, 100))} for s in (online, rmia(0.3))],
    "intervals": [[k, n, *clopper_pearson(k, n)] for k, n in ((0, 50), (3, 50), (50, 50), (17, 400))],
}, sys.stdout, indent=1)
print()
