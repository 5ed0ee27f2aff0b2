#!/usr/bin/env python3
"""Makes optimizers.json: PyTorch's own SGD and learning-rate schedules, for OptimizerTests and ScheduleTests.

    python3 make_optimizer_fixture.py > optimizers.json      (made with PyTorch 1.13.0)
"""
import json

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, MultiStepLR, OneCycleLR


def sgd(**options):
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(3, 2, dtype=torch.float64))
    bias = torch.nn.Parameter(torch.randn(3, dtype=torch.float64))
    start = [weight.tolist(), bias.tolist()]
    optimizer = torch.optim.SGD([weight, bias], lr=0.1, **options)
    for step in range(5):
        # Gradients that a test can repeat: a function of the parameters and the step.
        weight.grad = torch.sin(weight.detach() + step)
        bias.grad = torch.cos(bias.detach() * (step + 1))
        optimizer.step()
    return {"options": options, "start": start, "end": [weight.tolist(), bias.tolist()]}


def factors(make, steps):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    schedule = make(optimizer)
    values = []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return values


print(json.dumps({
    "sgd": [
        sgd(),
        sgd(momentum=0.9),
        sgd(momentum=0.9, weight_decay=0.05),
        sgd(momentum=0.9, weight_decay=0.05, nesterov=True),
    ],
    "oneCycle": factors(lambda o: OneCycleLR(o, max_lr=1.0, total_steps=50, cycle_momentum=False), 50),
    "cosine": factors(lambda o: CosineAnnealingLR(o, T_max=40), 40),
    "piecewise": factors(lambda o: MultiStepLR(o, milestones=[10, 30], gamma=0.1), 40),
}, indent=1))
