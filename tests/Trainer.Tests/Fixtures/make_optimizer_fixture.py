#!/usr/bin/env python3
"""Makes optimizers.json: PyTorch's own optimisers and learning-rate schedules, for OptimizerTests and ScheduleTests.

    python3 make_optimizer_fixture.py > optimizers.json      (made with PyTorch 1.13.0)
"""
import json

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, CyclicLR, LinearLR, MultiStepLR, OneCycleLR


def run(kind, **options):
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(3, 2, dtype=torch.float64))
    bias = torch.nn.Parameter(torch.randn(3, dtype=torch.float64))
    start = [weight.tolist(), bias.tolist()]
    optimizer = kind([weight, bias], lr=0.1, **options)
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
        run(torch.optim.SGD),
        run(torch.optim.SGD, momentum=0.9),
        run(torch.optim.SGD, momentum=0.9, weight_decay=0.05),
        run(torch.optim.SGD, momentum=0.9, weight_decay=0.05, nesterov=True),
    ],
    "adam": [
        run(torch.optim.Adam),
        run(torch.optim.Adam, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.05),
    ],
    "adamw": [
        run(torch.optim.AdamW),
        run(torch.optim.AdamW, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.05),
    ],
    "oneCycle": factors(lambda o: OneCycleLR(o, max_lr=1.0, total_steps=50, cycle_momentum=False), 50),
    "cosine": factors(lambda o: CosineAnnealingLR(o, T_max=40), 40),
    "piecewise": factors(lambda o: MultiStepLR(o, milestones=[10, 30], gamma=0.1), 40),
    "linear": factors(lambda o: LinearLR(o, start_factor=1, end_factor=0, total_iters=40), 40),
    "cyclic": factors(lambda o: CyclicLR(o, base_lr=0, max_lr=1, step_size_up=20, step_size_down=30, cycle_momentum=False), 50),
}, indent=1))
