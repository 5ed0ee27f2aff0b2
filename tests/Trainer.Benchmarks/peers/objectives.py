#!/usr/bin/env python3
"""The objectives of recipes/fashion-mnist in PyTorch: what their accuracy is compared with.

Each loss is written from its paper, in the order in which the official code runs its forwards; data, network, schedule
and evaluations are those of the recipe of the same name. Prints one line a run: clean accuracy on all test images, clean
and PGD-40 accuracy (on the margin) on the first --examples of them.

    OPENBLAS_NUM_THREADS=1 python3 tests/Trainer.Benchmarks/peers/objectives.py trades [--model conv-small-bn] [--seed 0]

Where a run ends depends on the weights that it begins with more than on all that comes after. To begin with those of a run
of Trainer, let it end after a step that does not move them, and give the script its weights:

    scripts/train.sh recipes/fashion-mnist/trades.json --set seed=0 --set train.maxSteps=1 --set optimizer.learningRate=1e-30 --run first
    scripts/trainer.sh export first first.safetensors
    python3 tests/Trainer.Benchmarks/peers/objectives.py trades --weights first.safetensors
"""
import argparse
import json
import math
import struct
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from quickstart import BATCH, EPSILON, HELD_OUT, LEARNING_RATE, MOMENTUM, STEP_SIZE, STEPS, WEIGHT_DECAY
from quickstart import batch, cross_entropy, evaluate, one_cycle, pgd, read

EPOCHS = {"standard": 10, "pgd-at": 6, "mixed": 10, "trades": 5, "mart": 5, "awp": 5, "fgsm-rs": 15, "n-fgsm": 15, "free": 6}
RATES = {"trades": 0.05, "mart": 0.05, "awp": 0.03, "free": 0.05}
TRADES_BETA, MART_LAMBDA, AWP_GAMMA, AWP_FROM_EPOCH, REPLAYS, CLEAN_FRACTION = 6.0, 5.0, 0.005, 2, 8, 0.5


def conv_small(norm):
    def block(channels_in, channels_out):
        layers = [nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1)]
        return layers + ([nn.BatchNorm2d(channels_out)] if norm else []) + [nn.ReLU()]

    return nn.Sequential(*block(1, 16), *block(16, 32), nn.Flatten(), nn.Linear(32 * 7 * 7, 100), nn.ReLU(), nn.Linear(100, 10))


def begin_with(network, path):
    """Copies weights of conv-small from a safetensors file, by the order of the layers."""
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        entries = json.loads(file.read(length))
        data = file.read()
    own, layers = network.state_dict(), {"conv1": "0", "conv2": "2", "fc1": "5", "fc2": "7"}
    if "bn1.weight" in entries:
        layers = {"conv1": "0", "bn1": "1", "conv2": "3", "bn2": "4", "fc1": "7", "fc2": "9"}
    for key, entry in entries.items():
        # Batch norm's statistics begin afresh.
        if entry.get("dtype") == "F32" and "running" not in key:
            layer, name = key.rsplit(".", 1)
            values = np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
            own[f"{layers[layer]}.{name}"].copy_(torch.from_numpy(values.copy()))


def clamp(adversarial, images):
    return torch.max(torch.min(adversarial, images + EPSILON), images - EPSILON).clamp(0, 1)


def ascend(network, images, start, loss):
    """PGD from a given start, in evaluation mode."""
    network.eval()
    adversarial = start
    for _ in range(STEPS):
        adversarial = adversarial.detach().requires_grad_()
        gradient, = torch.autograd.grad(loss(network(adversarial)), adversarial)
        adversarial = clamp(adversarial.detach() + STEP_SIZE * gradient.sign(), images)
    network.train()
    return adversarial


def madry(network, images, labels):
    network.eval()
    adversarial = pgd(network, images, labels, STEPS, STEP_SIZE, cross_entropy)
    network.train()
    return adversarial


def one_step(network, images, labels, start, length):
    network.eval()
    start = start.detach().requires_grad_()
    gradient, = torch.autograd.grad(cross_entropy(network(start), labels), start)
    network.train()
    return start.detach() + length * gradient.sign()


def trades(network, images, labels):
    return trades_loss(network, images, diverge(network, images), labels)


def diverge(network, images):
    with torch.no_grad():
        network.eval()
        natural = F.softmax(network(images), 1)
    return ascend(network, images, images + 0.001 * torch.randn_like(images),
                  lambda logits: F.kl_div(F.log_softmax(logits, 1), natural, reduction="sum"))


def trades_loss(network, images, adversarial, labels):
    logits = network(images)
    divergence = F.kl_div(F.log_softmax(network(adversarial), 1), F.softmax(logits, 1), reduction="sum") / len(images)
    return F.cross_entropy(logits, labels) + TRADES_BETA * divergence


def mart(network, images, labels):
    adversarial = ascend(network, images, images + 0.001 * torch.randn_like(images), lambda logits: cross_entropy(logits, labels))
    natural, attacked = F.softmax(network(images), 1), network(adversarial)
    p = F.softmax(attacked, 1)
    ranked = attacked.argsort(1)
    wrong = torch.where(ranked[:, -1] == labels, ranked[:, -2], ranked[:, -1])
    boosted = F.cross_entropy(attacked, labels) + F.nll_loss(torch.log(1.0001 - p + 1e-12), wrong)
    own = natural.gather(1, labels[:, None]).squeeze(1)
    divergence = F.kl_div(torch.log(p + 1e-12), natural, reduction="none").sum(1)
    return boosted + MART_LAMBDA * (divergence * (1.0000001 - own)).mean()


def mixed(network, images, labels):
    kept = int(round(CLEAN_FRACTION * len(images)))
    adversarial = madry(network, images[kept:], labels[kept:])
    return F.cross_entropy(network(torch.cat([images[:kept], adversarial])), labels)


def fgsm_rs(network, images, labels):
    start = clamp(images + EPSILON * (2 * torch.rand_like(images) - 1), images)
    adversarial = clamp(one_step(network, images, labels, start, 1.25 * EPSILON), images)
    return F.cross_entropy(network(adversarial), labels)


def n_fgsm(network, images, labels):
    start = (images + 2 * EPSILON * (2 * torch.rand_like(images) - 1)).clamp(0, 1)
    adversarial = one_step(network, images, labels, start, EPSILON).clamp(0, 1)
    return F.cross_entropy(network(adversarial), labels)


LOSSES = {
    "standard": lambda network, images, labels: F.cross_entropy(network(images), labels),
    "pgd-at": lambda network, images, labels: F.cross_entropy(network(madry(network, images, labels)), labels),
    "mixed": mixed, "trades": trades, "mart": mart, "fgsm-rs": fgsm_rs, "n-fgsm": n_fgsm,
}


def awp_step(network, images, labels, optimizer):
    adversarial = diverge(network, images)
    running = {key: value.clone() for key, value in network.named_buffers()}
    weights = [parameter for name, parameter in network.named_parameters() if parameter.dim() > 1 and name.endswith("weight")]
    gradients = torch.autograd.grad(trades_loss(network, images, adversarial, labels), weights)
    moves = [AWP_GAMMA * g * w.detach().norm() / (g.norm() + 1e-20) for w, g in zip(weights, gradients)]
    with torch.no_grad():
        for key, value in network.named_buffers():
            value.copy_(running[key])
        for weight, move in zip(weights, moves):
            weight.add_(move)
    loss = trades_loss(network, images, adversarial, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for weight, move in zip(weights, moves):
            weight.sub_(move)
    return loss


def free_step(network, images, labels, optimizer, delta, advance):
    for _ in range(REPLAYS):
        advance()
        # The public code keeps the perturbation in the ball alone: where an image at the box's edge then clamps it, it has no
        # gradient and stays.
        adversarial = clamp(images + delta[:len(images)], images).requires_grad_()
        loss = F.cross_entropy(network(adversarial), labels)
        optimizer.zero_grad()
        loss.backward()
        delta[:len(images)] = clamp(adversarial.detach() + EPSILON * adversarial.grad.sign(), images) - images
        optimizer.step()
    return loss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objective", choices=sorted(EPOCHS))
    parser.add_argument("--model", choices=["conv-small", "conv-small-bn"], default="conv-small")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", help="a safetensors file to begin with")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--examples", type=int, default=10000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    arguments = parser.parse_args()

    began = time.perf_counter()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    images, labels = read(arguments.data, "train")
    test_images, test_labels = read(arguments.data, "t10k")
    kept = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))[HELD_OUT:]
    network = conv_small(arguments.model.endswith("bn")).to(memory_format=torch.channels_last)
    if arguments.weights:
        begin_with(network, arguments.weights)
    objective = arguments.objective
    rate = arguments.rate or RATES.get(objective, LEARNING_RATE)
    optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True)
    epochs = arguments.epochs or EPOCHS[objective]
    total = epochs * math.ceil(len(kept) / BATCH) * (REPLAYS if objective == "free" else 1)
    delta = torch.zeros(BATCH, 1, 28, 28)
    step = 0

    def advance():
        nonlocal step
        optimizer.param_groups[0]["lr"] = rate * one_cycle(step, total)
        step += 1

    for epoch in range(epochs):
        loss_sum = 0.0
        for rows in kept[torch.randperm(len(kept))].split(BATCH):
            x, y = batch(images, rows), labels[rows]
            if objective == "free":
                loss = free_step(network, x, y, optimizer, delta, advance)
            else:
                advance()
                if objective == "awp" and epoch + 1 >= AWP_FROM_EPOCH:
                    loss = awp_step(network, x, y, optimizer)
                else:
                    loss = LOSSES["trades" if objective == "awp" else objective](network, x, y)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
            loss_sum += loss.item() * len(y)
        print(f"epoch {epoch + 1}: loss {loss_sum / len(kept):.4f}, {time.perf_counter() - began:.0f} s", flush=True)
    clean, robust = evaluate(network, test_images[:arguments.examples], test_labels[:arguments.examples], 40)
    print(f"result {objective} {arguments.model} seed {arguments.seed}: first {arguments.examples}: clean {clean:.4f}, pgd-40 {robust:.4f}; "
          f"{time.perf_counter() - began:.0f} s in all", flush=True)


if __name__ == "__main__":
    main()
