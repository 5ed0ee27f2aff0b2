#!/usr/bin/env python3
"""Makes batch-norm.json: TRADES' loss, gradients and running statistics of a small network under each way to treat batch norm.

    python3 make_batch_norm_fixture.py      (made with PyTorch 1.13.1, float64)

Where statistics are updated more than once, or not by each forward, the forwards really are run again, in that order.
"""
import copy
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 2)
        self.bn = nn.BatchNorm2d(2)
        self.fc = nn.Linear(2 * 2 * 2, 3)

    def forward(self, images):
        return self.fc(self.bn(self.conv(images)).relu().flatten(1))


def loss(natural, adversarial, labels):
    divergence = functional.kl_div(adversarial.log_softmax(1), natural.softmax(1), reduction="batchmean")
    return functional.cross_entropy(natural, labels) + 6 * divergence


def tensors(network):
    return {key: value.tolist() for key, value in network.state_dict().items()}


def gradients(network):
    return {key: parameter.grad.tolist() for key, parameter in network.named_parameters() if parameter.grad is not None}


def main():
    torch.manual_seed(0)
    network = Network().double()
    with torch.no_grad():
        for parameter in network.bn.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
        network.bn.running_mean.copy_(torch.randn(2))
        network.bn.running_var.copy_(torch.rand(2) + 0.5)
    images, attacked, labels = torch.rand(6, 1, 3, 3).double(), torch.rand(6, 1, 3, 3).double(), torch.tensor([0, 1, 2, 0, 1, 2])
    fixture = {"images": images.tolist(), "adversarial": attacked.tolist(), "labels": labels.tolist(), "state": tensors(network), "cases": []}

    def case(normalise, update, value, trained, second=None):
        value.backward()
        result = {"normalise": normalise, "update": update, "sets": 1 if second is None else 2, "loss": value.item(), "gradients": gradients(trained)}
        if second is not None:
            result["cleanGradients"] = gradients(second)
        return result

    trained = copy.deepcopy(network).train()
    logits = trained(torch.cat([images, attacked]))
    fixture["cases"].append({**case("joint", ["all"], loss(logits[:6], logits[6:], labels), trained), "state": tensors(trained)})

    for update in (["all"], ["natural", "adversarial", "natural"], ["adversarial", "natural", "natural"], ["adversarial"]):
        trained = copy.deepcopy(network).train()
        result = case("separate", update, loss(trained(images), trained(attacked), labels), trained)
        moved = copy.deepcopy(network).train()
        for kind in ["natural", "adversarial"] if update == ["all"] else update:
            moved(images if kind == "natural" else attacked)
        fixture["cases"].append({**result, "state": tensors(moved)})

    adversarial, clean = copy.deepcopy(network).train(), copy.deepcopy(network).train()
    clean.conv, clean.fc = adversarial.conv, adversarial.fc
    result = case("separate", ["all"], loss(clean(images), adversarial(attacked), labels), adversarial, clean.bn)
    fixture["cases"].append({**result, "state": tensors(adversarial), "cleanState": tensors(clean.bn)})

    path = pathlib.Path(__file__).parent / "batch-norm.json"
    path.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
