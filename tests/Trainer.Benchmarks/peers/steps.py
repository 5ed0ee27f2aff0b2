#!/usr/bin/env python3
"""Steps of PyTorch peers for the benchmarks: reads a number of steps a line, answers with the milliseconds they took.

    python3 tests/Trainer.Benchmarks/peers/steps.py WORK

WORK: pgd-conv-small, pgd-small-cnn, pgd-preact-resnet-18, optimizer-ema-norm. Tuned: the gradient of the input alone, a thread
a core, channels-last, in-place updates.
"""
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

EPSILON, STEP_SIZE, STEPS = 0.1, 0.025, 10


def conv_small(inplace):
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1), nn.ReLU(inplace),
        nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.ReLU(inplace),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 100), nn.ReLU(inplace), nn.Linear(100, 10))


def small_cnn(inplace):
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(inplace), nn.Conv2d(32, 32, 3), nn.ReLU(inplace), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(inplace), nn.Conv2d(64, 64, 3), nn.ReLU(inplace), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1024, 200), nn.ReLU(inplace), nn.Dropout(0.5), nn.Linear(200, 200), nn.ReLU(inplace), nn.Linear(200, 10))


class Block(nn.Module):
    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(channels_in), nn.BatchNorm2d(channels_out)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(channels_in, channels_out, 1, stride, bias=False) if stride != 1 or channels_in != channels_out else None

    def forward(self, x):
        y = F.relu(self.norm1(x))
        short = x if self.shortcut is None else self.shortcut(y)
        return self.conv2(F.relu(self.norm2(self.conv1(y)))) + short


def preact_resnet_18(_):
    blocks, channels = [], 64
    for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        blocks += [Block(channels, width, stride), Block(width, width, 1)]
        channels = width
    return nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1, bias=False), *blocks, nn.BatchNorm2d(512), nn.ReLU(),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


MODELS = {"conv-small": (conv_small, (128, 1, 28, 28)), "small-cnn": (small_cnn, (128, 1, 28, 28)),
          "preact-resnet-18": (preact_resnet_18, (32, 3, 32, 32))}


def count(model):
    """As many images as the recipe of the row holds in memory."""
    return 2000 if model == "preact-resnet-18" else 70000


class Steps:
    def __init__(self, model):
        torch.set_num_threads(os.cpu_count())
        build, self.shape = MODELS[model]
        self.network = build(True).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
        self.images, self.labels = (255 * torch.rand(count(model), *self.shape[1:])).byte(), torch.randint(0, 10, (count(model),))

    def attack(self, x, y):
        self.network.eval()
        lowest, highest = (x - EPSILON).clamp_(0, 1), (x + EPSILON).clamp_(0, 1)
        adversarial = torch.rand_like(x).mul_(2 * EPSILON).sub_(EPSILON).add_(x)
        adversarial = torch.max(torch.min(adversarial, highest), lowest)
        for _ in range(STEPS):
            adversarial.requires_grad_()
            gradient, = torch.autograd.grad(F.cross_entropy(self.network(adversarial), y, reduction="sum"), adversarial)
            adversarial = adversarial.detach()
            adversarial.add_(gradient.sign_(), alpha=STEP_SIZE).clamp_(lowest, highest)
        self.network.train()
        return adversarial

    def step(self):
        rows = torch.randint(0, len(self.images), (self.shape[0],))
        x, y = self.images.index_select(0, rows).float().div_(255), self.labels[rows]
        loss = F.cross_entropy(self.network(self.attack(x, y)), y)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()


class Optimizer:
    """Norm of the gradient, SGD with momentum, and an average of the weights, by PyTorch's foreach functions."""

    def __init__(self):
        torch.set_num_threads(os.cpu_count())
        self.parameters = list(preact_resnet_18(None).parameters())
        for parameter in self.parameters:
            parameter.grad = 1e-3 * torch.randn_like(parameter)
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.optimizer = torch.optim.SGD(self.parameters, lr=1e-3, momentum=0.9, weight_decay=5e-4, foreach=True)

    @torch.no_grad()
    def step(self):
        torch.stack(torch._foreach_norm([parameter.grad for parameter in self.parameters])).norm()
        self.optimizer.step()
        torch._foreach_mul_(self.average, 0.995)
        torch._foreach_add_(self.average, self.parameters, alpha=0.005)


def main():
    work, = sys.argv[1:]
    peer = Optimizer() if work == "optimizer-ema-norm" else Steps(work.removeprefix("pgd-"))
    for _ in range(3):
        peer.step()
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        for _ in range(int(line)):
            peer.step()
        print(1000 * (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
