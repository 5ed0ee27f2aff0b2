#!/usr/bin/env python3
"""The quick start's mathematics in PyTorch, tuned: what Trainer is timed against.

PGD-10 adversarial training of conv-small on Fashion-MNIST (L-infinity, 0.1): the work of recipes/quickstart.json, in the
same precision (float32), with the same batches, schedule, evaluations and numbers of examples. Tuned as far as PyTorch
users commonly go: the gradient of the input alone, one intra-op thread a core, one BLAS thread, channels-last, in-place
updates, the data set as one uint8 tensor.

    OPENBLAS_NUM_THREADS=1 python3 tests/Trainer.Benchmarks/peers/quickstart.py [--epochs 6] [--seed 0]
"""
import argparse
import gzip
import math
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

EPSILON, STEP_SIZE, STEPS = 0.1, 0.025, 10
HELD_OUT, BATCH = 5000, 128
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 0.1, 0.9, 5e-4


def read(folder, part):
    with gzip.open(f"{folder}/{part}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(f"{folder}/{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return torch.from_numpy(images.copy()), torch.from_numpy(labels.copy()).long()


def batch(images, rows):
    return images.index_select(0, rows).float().div_(255)


def conv_small():
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1), nn.ReLU(inplace=True),
        nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.ReLU(inplace=True),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 100), nn.ReLU(inplace=True), nn.Linear(100, 10))


def cross_entropy(logits, labels):
    return F.cross_entropy(logits, labels, reduction="sum")


def margin(logits, labels):
    own = logits.gather(1, labels[:, None]).squeeze(1)
    others = logits.scatter(1, labels[:, None], -math.inf).amax(1)
    return (others - own).sum()


def pgd(network, images, labels, steps, step_size, loss):
    lowest, highest = (images - EPSILON).clamp_(0, 1), (images + EPSILON).clamp_(0, 1)
    adversarial = torch.rand_like(images).mul_(2 * EPSILON).sub_(EPSILON).add_(images)
    adversarial = torch.max(torch.min(adversarial, highest), lowest)
    for _ in range(steps):
        adversarial.requires_grad_()
        gradient, = torch.autograd.grad(loss(network(adversarial), labels), adversarial)
        adversarial = adversarial.detach()
        adversarial.add_(gradient.sign_(), alpha=step_size).clamp_(lowest, highest)
    return adversarial


def evaluate(network, images, labels, steps, block=250):
    network.eval()
    clean = robust = 0
    for start in range(0, len(labels), block):
        x = batch(images, torch.arange(start, min(start + block, len(labels))))
        y = labels[start:start + block]
        with torch.no_grad():
            correct = network(x).argmax(1).eq(y)
        clean += correct.sum().item()
        x, y = x[correct], y[correct]
        adversarial = pgd(network, x, y, steps, 2.5 * EPSILON / steps, margin)
        with torch.no_grad():
            robust += network(adversarial).argmax(1).eq(y).sum().item()
    network.train()
    return clean / len(labels), robust / len(labels)


def one_cycle(step, total, rise=0.3, initial=1 / 25, final=1 / 25e4):
    peak = rise * total - 1
    if step <= peak:
        start, end, share = initial, 1, step / peak
    else:
        start, end, share = 1, final, (step - peak) / (total - 1 - peak)
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    arguments = parser.parse_args()

    began = time.perf_counter()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(os.cpu_count())
    images, labels = read(arguments.data, "train")
    test_images, test_labels = read(arguments.data, "t10k")
    shuffled = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    held, kept = shuffled[:HELD_OUT], shuffled[HELD_OUT:]
    held = held[:1000]
    network = conv_small().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True)
    per_epoch = math.ceil(len(kept) / BATCH)
    total, step = arguments.epochs * per_epoch, 0
    for epoch in range(arguments.epochs):
        since, loss_sum = time.perf_counter(), torch.zeros(())
        for rows in kept[torch.randperm(len(kept))].split(BATCH):
            x, y = batch(images, rows), labels[rows]
            adversarial = pgd(network, x, y, STEPS, STEP_SIZE, cross_entropy)
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * one_cycle(step, total)
            loss = F.cross_entropy(network(adversarial), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(y)
            step += 1
        trained = time.perf_counter() - since
        clean, robust = evaluate(network, images[held], labels[held], 20)
        print(f"epoch {epoch + 1}: loss {loss_sum.item() / len(kept):.4f}, held-out clean {clean:.4f}, pgd-20 {robust:.4f}, {trained:.1f} s", flush=True)
    with torch.no_grad():
        correct = sum(network(batch(test_images, torch.arange(i, i + 250))).argmax(1).eq(test_labels[i:i + 250]).sum().item()
                      for i in range(0, len(test_labels), 250))
    clean, robust = evaluate(network, test_images[:1000], test_labels[:1000], 40)
    print(f"test: clean {correct / len(test_labels):.4f} of 10000, first 1000: clean {clean:.4f}, pgd-40 {robust:.4f}; "
          f"{time.perf_counter() - began:.1f} s in all")


if __name__ == "__main__":
    main()
