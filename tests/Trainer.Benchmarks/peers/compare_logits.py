#!/usr/bin/env python3
"""Loads a checkpoint's weights strictly into the same network in PyTorch and compares the logits of all test images.

    scripts/evaluate.sh checkpoints/quickstart --logits logits.safetensors
    python3 tests/Trainer.Benchmarks/peers/compare_logits.py checkpoints/quickstart/NNNNNN-step-NNNNNNNNN/model.safetensors logits.safetensors
"""
import json
import struct
import sys

import numpy as np
import torch

import quickstart

# conv_small() numbers its layers; the checkpoint names them.
NAMES = {"conv1": "0", "conv2": "2", "fc1": "5", "fc2": "7"}


def read(path):
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    assert all(entry["dtype"] == "F32" for entry in header.values())
    return {name: torch.from_numpy(np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).copy())
            for name, entry in header.items()}


def main():
    weights, logits = sys.argv[1:]
    network = quickstart.conv_small().eval()
    state = {f"{NAMES[key.split('.')[0]]}.{key.split('.')[1]}": value for key, value in read(weights).items()}
    network.load_state_dict(state, strict=True)
    images, labels = quickstart.read("/usr/share/datasets/fashion-mnist", "t10k")
    with torch.no_grad():
        ours = torch.cat([network(quickstart.batch(images, rows)) for rows in torch.arange(len(labels)).split(250)])
    theirs = read(logits)["logits"]
    worst = (ours - theirs).abs().max().item()
    print(f"{len(labels)} images: logits differ by up to {worst:.2e}; predictions differ for {(ours.argmax(1) != theirs.argmax(1)).sum().item()}")
    sys.exit(worst > 1e-4 * theirs.abs().max().item())


if __name__ == "__main__":
    main()
