#!/usr/bin/env python3
"""Makes models.json: keys, shapes, logits and loss gradients of the public networks in PyTorch, for ModelTests.

    python3 make_model_fixture.py > models.json      (made with PyTorch 1.13.0)

Weights and images are functions of their index, so that the file need not hold them.
"""
import json
from collections import OrderedDict

import torch
from torch import nn


class ConvSmall(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 4, stride=2, padding=1)
        self.fc1 = nn.Linear(32 * 7 * 7, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        x = torch.relu(self.conv2(torch.relu(self.conv1(x))))
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


class SmallCnn(nn.Module):
    """As TRADES' MNIST network is described: names and order of its layers are its checkpoints' keys."""

    def __init__(self):
        super().__init__()
        self.feature_extractor = nn.Sequential(OrderedDict(
            conv1=nn.Conv2d(1, 32, 3), relu1=nn.ReLU(), conv2=nn.Conv2d(32, 32, 3), relu2=nn.ReLU(), maxpool1=nn.MaxPool2d(2, 2),
            conv3=nn.Conv2d(32, 64, 3), relu3=nn.ReLU(), conv4=nn.Conv2d(64, 64, 3), relu4=nn.ReLU(), maxpool2=nn.MaxPool2d(2, 2)))
        self.classifier = nn.Sequential(OrderedDict(
            fc1=nn.Linear(64 * 4 * 4, 200), relu1=nn.ReLU(), drop=nn.Dropout(0.5), fc2=nn.Linear(200, 200), relu2=nn.ReLU(),
            fc3=nn.Linear(200, 10)))

    def forward(self, x):
        return self.classifier(self.feature_extractor(x).flatten(1))


def wave(count, phase):
    return torch.sin(torch.arange(count, dtype=torch.float64) * 0.7 + phase).float()


def describe(network):
    network.eval()
    keys = {}
    with torch.no_grad():
        for place, (key, value) in enumerate(network.state_dict().items()):
            keys[key] = list(value.shape)
            fan_in = value[0].numel() if value.dim() > 1 else 16
            value.copy_(wave(value.numel(), place).reshape(value.shape) / fan_in ** 0.5)
    images = (wave(3 * 784, 0.5) / 2 + 0.5).reshape(3, 1, 28, 28).requires_grad_()
    logits = network(images)
    torch.nn.functional.cross_entropy(logits, torch.tensor([1, 5, 7])).backward()
    return {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "keys": keys,
        "logits": logits.tolist(),
        "gradientNorms": {key: parameter.grad.double().norm().item() for key, parameter in network.named_parameters()},
        "imageGradientNorm": images.grad.double().norm().item(),
    }


print(json.dumps({"conv-small": describe(ConvSmall()), "small-cnn": describe(SmallCnn())}, indent=1))
