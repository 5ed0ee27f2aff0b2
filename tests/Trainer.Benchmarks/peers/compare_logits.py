#!/usr/bin/env python3
"""Loads exported weights strictly into the same network in PyTorch and compares the logits of Fashion-MNIST's test images.

    scripts/trainer.sh export checkpoints/quickstart weights.safetensors
    scripts/evaluate.sh checkpoints/quickstart --logits logits.safetensors
    python3 tests/Trainer.Benchmarks/peers/compare_logits.py weights.safetensors logits.safetensors
"""
import json
import pathlib
import struct
import sys

import numpy as np
import torch

import quickstart

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Trainer.Tests" / "Fixtures"))
import networks

DTYPES = {"F32": "<f4", "I64": "<i8"}


def read(path):
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    return metadata, {
        name: torch.from_numpy(np.frombuffer(data[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]).reshape(entry["shape"]).copy())
        for name, entry in header.items()}


def main():
    weights, logits = sys.argv[1:]
    metadata, state = read(weights)
    channels = int(metadata["image"].split("x")[0])
    network = networks.build(json.loads(metadata["model"]), channels).eval()
    network.load_state_dict(state, strict=True)
    mean, std = (torch.tensor(json.loads(metadata.get(key, default))).reshape(1, -1, 1, 1) for key, default in (("mean", "[0]"), ("std", "[1]")))
    images, labels = quickstart.read("/usr/share/datasets/fashion-mnist", "t10k")
    with torch.no_grad():
        ours = torch.cat([network((quickstart.batch(images, rows) - mean) / std) for rows in torch.arange(len(labels)).split(250)])
    theirs = read(logits)[1]["logits"]
    worst = (ours - theirs).abs().max().item()
    print(f"{metadata['model']}: {len(state)} tensors loaded strictly")
    print(f"{len(labels)} images: logits differ by up to {worst:.2e}; predictions differ for {(ours.argmax(1) != theirs.argmax(1)).sum().item()}")
    sys.exit(worst > 1e-4 * theirs.abs().max().item())


if __name__ == "__main__":
    main()
