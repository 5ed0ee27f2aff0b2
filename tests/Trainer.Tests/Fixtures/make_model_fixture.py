#!/usr/bin/env python3
"""Makes models.json: keys, shapes, logits, loss gradients and batch-norm statistics of the networks in PyTorch, for ModelTests.

    python3 make_model_fixture.py > models.json      (made with PyTorch 1.13.0)

Weights and images are functions of their index, so that the file need not hold them. The residual networks are narrow here;
make_key_lists.py compares the same statements, at full width, with the public code.
"""
import json

import torch

import networks

GREY, COLOUR = (1, 28, 28), (3, 32, 32)

NETWORKS = {
    "conv-small": (networks.ConvSmall(), {"type": "conv-small"}, GREY),
    "conv-small-bn": (networks.ConvSmall(norm=True), {"type": "conv-small-bn"}, GREY),
    "small-cnn": (networks.SmallCnn(), {"type": "small-cnn"}, GREY),
    "vgg-6": (networks.Vgg6(width=1), {"type": "vgg-6", "width": 1}, GREY),
    "preact-resnet-18 of Rice": (networks.PreActResNet18(width=4), {"type": "preact-resnet-18", "width": 4}, COLOUR),
    "preact-resnet-18 of Wong": (
        networks.PreActResNet18(shortcut="input", width=4), {"type": "preact-resnet-18", "shortcut": "input", "width": 4}, COLOUR),
    "preact-resnet-18 without the final norm": (
        networks.PreActResNet18(shortcut="input", final_norm=False, width=4),
        {"type": "preact-resnet-18", "shortcut": "input", "finalNorm": False, "width": 4}, COLOUR),
    "resnet-18": (networks.ResNet18(width=4), {"type": "resnet-18", "width": 4}, COLOUR),
    "wide-resnet": (networks.WideResNet(depth=16, width=2), {"type": "wide-resnet", "depth": 16, "width": 2}, COLOUR),
    "wide-resnet of width 1 with sub_block1": (
        networks.WideResNet(depth=10, width=1, activation="silu", sub_block=True),
        {"type": "wide-resnet", "depth": 10, "width": 1, "activation": "swish", "subBlock": True}, COLOUR),
    "deepmind-wide-resnet": (
        networks.DeepMindWideResNet(depth=16, width=2), {"type": "deepmind-wide-resnet", "depth": 16, "width": 2}, COLOUR),
    "cnn4": (networks.cnn4(6, 8), {"type": "cnn4", "width": 6, "hidden": 8}, GREY),
    "cnn7": (networks.cnn7(4, 16), {"type": "cnn7", "width": 4, "hidden": 16}, GREY),
    "lenet": (networks.LeNet(), {"type": "lenet"}, GREY),
    "convnext": (
        networks.ConvNeXt((1, 1, 2, 1), (8, 8, 12, 16), strides=(1, 2), channels=1),
        {"type": "convnext", "depths": [1, 1, 2, 1], "dims": [8, 8, 12, 16]}, GREY),
    "convnext with three convolutions in its stem": (
        networks.ConvNeXt((1, 1, 1, 1), (8, 8, 8, 8), stem=3, strides=(1, 2, 1)),
        {"type": "convnext", "depths": [1, 1, 1, 1], "dims": [8, 8, 8, 8], "stemConvolutions": 3}, COLOUR),
    "vit": (
        networks.VisionTransformer(28, dim=64, depth=2, stem=6, strides=(1, 1, 2, 2), channels=1),
        {"type": "vit", "dim": 64, "depth": 2, "stemWidth": 6}, GREY),
    "vit of two heads": (
        networks.VisionTransformer(32, dim=64, depth=2, head=32, stem=6, strides=(1, 1, 2, 2)),
        {"type": "vit", "dim": 64, "depth": 2, "headDim": 32, "stemWidth": 6}, COLOUR),
    "xcit": (
        networks.Xcit(dim=24, depth=2, heads=3, strides=(1, 1, 2, 2), channels=1),
        {"type": "xcit", "dim": 24, "depth": 2, "heads": 3}, GREY),
    "xcit of one class block": (
        networks.Xcit(dim=16, depth=1, heads=2, class_blocks=1, strides=(1, 1, 2, 2)),
        {"type": "xcit", "dim": 16, "depth": 1, "heads": 2, "classBlocks": 1}, COLOUR),
}


def wave(count, phase):
    return torch.sin(torch.arange(count, dtype=torch.float64) * 0.7 + phase).float()


def fill(network):
    """The factors of norms are about 1 and the running variances about 6, the rest falls with the fan-in."""
    with torch.no_grad():
        for place, (key, value) in enumerate(network.state_dict().items()):
            values = wave(value.numel(), place).reshape(value.shape)
            if key.endswith("num_batches_tracked"):
                value.fill_(3)
            elif key.endswith("running_var"):
                value.copy_(6 + values)
            elif key.endswith("weight") and value.dim() == 1:
                value.copy_(1 + values / 4)
            else:
                value.copy_(values / (value[0].numel() if value.dim() > 1 else 16) ** 0.5)


def describe(network, description, shape):
    network.eval()
    fill(network)
    pixels = shape[0] * shape[1] * shape[2]
    images = (wave(3 * pixels, 0.5) / 2 + 0.5).reshape(3, *shape).requires_grad_()
    logits = network(images)
    torch.nn.functional.cross_entropy(logits, torch.tensor([1, 5, 7])).backward()
    result = {
        "model": description,
        "images": shape,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "keys": {key: list(value.shape) for key, value in network.state_dict().items()},
        "logits": logits.tolist(),
        "gradientNorms": {
            key: 0 if parameter.grad is None else parameter.grad.double().norm().item() for key, parameter in network.named_parameters()},
        "imageGradientNorm": images.grad.double().norm().item(),
    }
    if any(isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)) for module in network.modules()):
        network.train()
        with torch.no_grad():
            result["trainingLogits"] = network(images).tolist()
        result["bufferNorms"] = {key: buffer.double().norm().item() for key, buffer in network.named_buffers() if key in result["keys"]}
    return result


torch.set_num_threads(1)
print(json.dumps({name: describe(*entry) for name, entry in NETWORKS.items()}, indent=1))
