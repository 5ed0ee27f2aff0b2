#!/usr/bin/env python3
"""Makes the .pt files of this folder and logits.json: python3 make.py      (made with PyTorch 1.13.0)

Each file exists in the format of torch.save and in the one before PyTorch 1.6 (-legacy). python3 make.py --check FILE
loads a file that Trainer wrote with weights_only=True and prints its tensors.
"""
import gzip
import io
import json
import pathlib
import sys
from collections import Counter, OrderedDict

import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import networks  # noqa: E402


def save(value, name):
    torch.save(value, HERE / f"{name}.pt")
    torch.save(value, HERE / f"{name}-legacy.pt", _use_new_zipfile_serialization=False)


def every_dtype():
    """Every dtype that is read, and every way in which a tensor may be a view of its storage."""
    matrix = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 4
    state = OrderedDict(
        double=torch.tensor([0.1, -1e300], dtype=torch.float64), single=torch.tensor([[1.0, -2.5], [3.25, 1e-38]]),
        half=torch.tensor([1.0, -1.5, 65504.0], dtype=torch.float16), brain=torch.tensor([1.0, -3.0], dtype=torch.bfloat16),
        long=torch.tensor(-9007199254740993), int=torch.tensor([-1, 0, 2147483647], dtype=torch.int32),
        short=torch.tensor([-32768], dtype=torch.int16), char=torch.tensor([-128, 127], dtype=torch.int8),
        byte=torch.tensor([0, 128, 255], dtype=torch.uint8), bool=torch.tensor([[True, False], [False, True]]),
        empty=torch.zeros(0, 3), whole=matrix, transposed=matrix.t(), row=matrix[1], column=matrix[:, 2],
        stepped=matrix[::2, 1::2], parameter=torch.nn.Parameter(torch.tensor([7.0])),
        channels_last=torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last))
    return state


def small_network():
    torch.manual_seed(0)
    return torch.nn.Sequential(OrderedDict(conv=torch.nn.Conv2d(1, 2, 3), norm=torch.nn.BatchNorm2d(2)))


def checkpoint():
    """A checkpoint as training scripts write it: nested, prefixed, beside an optimizer and a schedule."""
    network = torch.nn.DataParallel(small_network())
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    network(torch.ones(1, 1, 5, 5)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 2])
    return {"epoch": 3, "best": 0.5, "args": ["a", (1, None, True)], "milestones": Counter([1, 2]), "optimizer": optimizer.state_dict(),
            "scheduler": schedule.state_dict(), "shape": torch.Size([1, 2]), "device": torch.device("cpu"), "state_dict": network.state_dict()}


class Call:
    def __reduce__(self):
        return (print, ("executed",))


DEFAULTS = {
    "preact-resnet-18": {"shortcut": "activated", "finalNorm": True}, "wide-resnet": {"activation": "relu", "subBlock": False},
}


def periodic(network):
    """Values that repeat soon, so that a file of them is small when it is packed."""
    with torch.no_grad():
        for place, (key, value) in enumerate(network.state_dict().items()):
            values = ((torch.arange(value.numel()) * 5 + place) % 17 - 8).float().reshape(value.shape) / 8
            if key.endswith("num_batches_tracked"):
                value.fill_(3)
            elif key.endswith("running_var"):
                value.copy_(2 + values)
            elif key.endswith("weight") and value.dim() == 1:
                value.copy_(1 + values / 4)
            else:
                value.copy_(values / (value[0].numel() if value.dim() > 1 else 16) ** 0.5)


def wrapped(state, way):
    """A state dict as files of RobustBench are: nested, prefixed, with keys that are not used."""
    with_prefix = lambda prefix: OrderedDict((prefix + key, value) for key, value in state.items())  # noqa: E731
    if way == 0:
        return {"state_dict": with_prefix("module."), "epoch": 7}
    if way == 1:
        return {"model_state_dict": OrderedDict(with_prefix("1."), **{"0.mean": torch.tensor([0.5]), "0.std": torch.tensor([0.25])})}
    if way == 2:
        return {"net": with_prefix("module.model."), "acc": 0.5}
    if way == 3:
        return OrderedDict(state, **{"conv1.scores": torch.zeros(2), "sub_block1.layer.0.bn1.bias": torch.zeros(2)})
    return {"model": {"state_dict": with_prefix("model.")}}


def public_networks():
    described = json.loads((HERE.parent / "models.json").read_text())
    logits = {}
    for index, (name, entry) in enumerate(described.items()):
        model, (channels, height, width) = entry["model"], entry["images"]
        kind = model["type"]
        network = networks.DeepMindWideResNet(model["depth"], model["width"]) if kind == "deepmind-wide-resnet" else networks.build(
            {**DEFAULTS.get(kind, {}), **model}, channels)
        network.eval()
        periodic(network)
        packed = io.BytesIO()
        torch.save(wrapped(network.state_dict(), index % 5), packed, _use_new_zipfile_serialization=index % 2 == 0)
        (HERE / "networks" / f"{index}.pt.gz").write_bytes(gzip.compress(packed.getvalue(), mtime=0))
        images = ((torch.arange(2 * channels * height * width) * 3 % 11) / 10.0).reshape(2, channels, height, width)
        with torch.no_grad():
            logits[name] = {"file": f"{index}.pt.gz", "logits": network(images).tolist()}
    (HERE / "logits.json").write_text(json.dumps(logits, indent=1) + "\n")


if sys.argv[1:2] == ["--check"]:
    for key, value in torch.load(sys.argv[2], weights_only=True).items():
        print(key, value.dtype, list(value.shape), value.double().flatten().tolist())
    sys.exit()

torch.set_num_threads(1)
(HERE / "networks").mkdir(exist_ok=True)
state = every_dtype()
save(state, "every-dtype")
(HERE / "every-dtype.json").write_text(json.dumps({
    key: {"dtype": str(value.dtype)[6:], "shape": list(value.shape), "values": value.double().flatten().tolist() if value.dtype != torch.int64
          else [str(value.item())]} for key, value in state.items()}, indent=1) + "\n")
save(checkpoint(), "checkpoint")
save({"state_dict": small_network().state_dict(), "ema": small_network().state_dict()}, "two")
save(small_network(), "whole-network")
save({"state_dict": small_network().state_dict(), "extra": Call()}, "call")
torch.jit.save(torch.jit.script(small_network()), HERE / "script.pt")
public_networks()
