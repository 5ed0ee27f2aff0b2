#!/usr/bin/env python3
"""Makes a problem of 40 classes of Fashion-MNIST: image number i is turned by i mod 4 quarter turns, and its label is 4 times
its class plus these.

    python3 tests/Trainer.Benchmarks/peers/forty_classes.py FOLDER forty.npz    # FOLDER has Fashion-MNIST's four files
"""
import sys

import numpy as np
import torch

import quickstart


def turned(folder, part):
    images, labels = quickstart.read(folder, part)
    turns = torch.arange(len(images)) % 4
    for turn in range(1, 4):
        images[turns == turn] = images[turns == turn].rot90(turn, (2, 3))
    return images.numpy(), (4 * labels + turns).numpy()


def main():
    folder, out = sys.argv[1:]
    (train, train_labels), (test, test_labels) = turned(folder, "train"), turned(folder, "t10k")
    np.savez_compressed(out, train=train, train_labels=train_labels, test=test, test_labels=test_labels)


if __name__ == "__main__":
    main()
