#!/usr/bin/env python3
"""Images that PGD by torch.optim.Adam finds on a linear model in float64, as pgd-adam.json.

    python3 make_pgd_adam_fixture.py > pgd-adam.json

Ten steps of rate 0.1, from the sixth on of 0.01, from the images themselves, on cross-entropy.
"""
import json
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(5)
weight = torch.randn(3, 4, generator=generator).mul(4).round(decimals=3)
images = torch.rand(6, 4, generator=generator).round(decimals=3)
labels = torch.tensor([0, 1, 2, 0, 1, 2])


def ascend(epsilon):
    point = images.clone().requires_grad_()
    adam = torch.optim.Adam([point], lr=0.1, betas=(0.9, 0.999), eps=1e-9, maximize=True)
    for step in range(10):
        adam.param_groups[0]["lr"] = 0.1 if step < 5 else 0.01
        adam.zero_grad()
        F.cross_entropy(point @ weight.T, labels, reduction="sum").backward()
        adam.step()
        with torch.no_grad():
            point.copy_((images + (point - images).clamp(-epsilon, epsilon)).clamp(0, 1))
    return [round(value, 12) for value in point.detach().flatten().tolist()]


json.dump({"weight": weight.tolist(), "images": images.flatten().tolist(), "labels": labels.tolist(),
           "cases": [{"epsilon": epsilon, "found": ascend(epsilon)} for epsilon in (0.03, 0.4)]}, sys.stdout, indent=1)
print()
