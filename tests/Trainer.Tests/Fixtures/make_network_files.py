#!/usr/bin/env python3
"""Makes the files of networks/: networks that PyTorch saved as TorchScript and as ONNX, for NetworkFileTests.

    python3 make_network_files.py      (made with PyTorch 1.13.0; torch.onnx.export needs no package onnx for them)

Images are 1×8×8, for resnet-18 1×32×32; classes ten. Weights are functions of their index, as in make_model_fixture.py.
"""
import os
from collections import OrderedDict

import torch
from torch import nn

import networks
from make_model_fixture import fill, wave

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks")


class WithoutGradient(nn.Module):
    """A network whose logits have no gradient with respect to the images."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x).detach()


class TwoOutputs(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x), x


def conv_small():
    network = networks.ConvSmall()
    network.fc1 = nn.Linear(32 * 2 * 2, 100)
    fill(network)
    return network.eval()


def conv_small_of_layers():
    """The same network as layers one after the other, which torch.jit.script can compile."""
    network = nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 16, 4, stride=2, padding=1), relu1=nn.ReLU(), conv2=nn.Conv2d(16, 32, 4, stride=2, padding=1),
        relu2=nn.ReLU(), flatten=nn.Flatten(), fc1=nn.Linear(32 * 2 * 2, 100), relu3=nn.ReLU(), fc2=nn.Linear(100, 10)))
    fill(network)
    return network.eval()


def residual(**model):
    network = networks.build({"type": "resnet-18", "width": 1, **model}, 1)
    fill(network)
    return network.eval()


def main():
    images = (wave(2 * 64, 0.5) / 2 + 0.5).reshape(2, 1, 8, 8)
    larger = (wave(2 * 1024, 0.5) / 2 + 0.5).reshape(2, 1, 32, 32)

    def path(name):
        return os.path.join(FOLDER, name)

    torch.jit.trace(conv_small(), images).save(path("conv-small-traced.ts"))
    torch.jit.script(conv_small_of_layers()).save(path("conv-small-scripted.ts"))
    torch.jit.freeze(torch.jit.script(conv_small_of_layers())).save(path("conv-small-frozen.ts"))
    torch.jit.trace(residual(), larger).save(path("resnet-18-traced.ts"))
    torch.jit.trace(residual(type="preact-resnet-18", shortcut="activated", finalNorm=True), larger).save(
        path("preact-resnet-18-traced.ts"))
    torch.jit.trace(WithoutGradient(conv_small()), images).save(path("no-gradient.ts"))
    torch.jit.script(TwoOutputs(conv_small_of_layers())).save(path("two-outputs.ts"))
    torch.onnx.export(conv_small(), images, path("conv-small.onnx"), opset_version=13,
                      dynamic_axes={"input": {0: "n"}, "output": {0: "n"}}, input_names=["input"], output_names=["output"])
    torch.onnx.export(residual(), larger[:1], path("resnet-18-one-image.onnx"), opset_version=13)


if __name__ == "__main__":
    main()
