#!/usr/bin/env python3
"""Makes bounds.json: interval and linear bounds of a small network, and the loss of training on intervals.

    python3 make_bounds_fixture.py      (made with PyTorch 1.13.1, float64)

Written from the papers, not from any code: every layer is a matrix here, found by putting unit vectors through it.
IBP: Gowal et al. 2018 (arXiv:1810.12715). CROWN with adaptive slopes: Zhang et al. 2018 (arXiv:1811.00866).
alpha-CROWN: Xu et al. 2021 (arXiv:2011.13824), with PyTorch's Adam for the slopes of each margin's own backward pass.
Training: kappa * clean + (1 - kappa) * worst case, with the regularisers of Shi et al. 2021 (arXiv:2103.17268); SABR
(Mueller et al. 2023, arXiv:2210.04871) and MTL-IBP (De Palma et al. 2023, arXiv:2305.13991) with given adversarial
images; CROWN-IBP (Zhang et al. 2020, arXiv:1906.06316) with loss fusion (Xu et al. 2020, arXiv:2002.12920).
"""
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional

# As float32 has them: classifiers normalise in it.
MEAN, DEVIATION = torch.tensor([0.4, 0.3]).double().tolist()
NORMS = {"linf": 0.06, "l2": 0.2, "l1": 0.6}


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 3, 3, padding=1)
        self.bn = nn.BatchNorm2d(3)
        self.conv2 = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.fc1 = nn.Linear(4 * 3 * 3, 6)
        self.fc2 = nn.Linear(6, 3)

    def blocks(self):
        """The affine parts between the ReLUs."""
        return [lambda x: self.bn(self.conv1((x - MEAN) / DEVIATION)), self.conv2, lambda x: self.fc1(x.flatten(1)), self.fc2]


def matrices(blocks, shape):
    """Weight [out, in] and bias [out] of each affine part."""
    result = []
    for block in blocks:
        size = int(torch.tensor(shape).prod())
        constant = block(torch.zeros(1, *shape, dtype=torch.float64))
        columns = block(torch.eye(size, dtype=torch.float64).reshape(size, *shape)) - constant
        result.append((columns.flatten(1).t(), constant.flatten()))
        shape = constant.shape[1:]
    return result


def dual(rows, image, norm, epsilon):
    """The least value of each row . x over the ball; the box [0, 1] is not reached here."""
    power = {"linf": 1, "l2": 2, "l1": float("inf")}[norm]
    return rows @ image - epsilon * torch.linalg.vector_norm(rows, ord=power, dim=1)


def intervals(layers, image, norm, epsilon):
    """Lower and upper ends before each ReLU, and of the last layer."""
    weight, bias = layers[0]
    low, high = dual(weight, image, norm, epsilon) + bias, -dual(-weight, image, norm, epsilon) + bias
    result = [(low, high)]
    for weight, bias in layers[1:]:
        low, high = low.clamp(min=0), high.clamp(min=0)
        positive, negative = weight.clamp(min=0), weight.clamp(max=0)
        low, high = positive @ low + negative @ high + bias, positive @ high + negative @ low + bias
        result.append((low, high))
    return result


def backward(rows, layers, ends, image, norm, epsilon, slopes=None):
    """Lower bounds of rows . (output of the last of these layers); slopes [rows, units] of each ReLU's lower lines."""
    constant = torch.zeros(len(rows), dtype=torch.float64)
    for place in range(len(layers) - 1, -1, -1):
        weight, bias = layers[place]
        constant, rows = constant + rows @ bias, rows @ weight
        if place == 0:
            return constant + dual(rows, image, norm, epsilon)
        low, high = ends[place - 1]
        zero, one = torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64)
        slope, shift, below = [zero] * len(low), [zero] * len(low), [zero] * len(low)
        for unit in range(len(low)):
            if low[unit] >= 0:
                slope[unit], below[unit] = one, one
            elif high[unit] > 0:
                slope[unit] = high[unit] / (high[unit] - low[unit])
                shift[unit] = -low[unit] * slope[unit]
                below[unit] = one if high[unit] > -low[unit] else zero
        slope, shift, below = torch.stack(slope), torch.stack(shift), torch.stack(below)
        if slopes is not None:
            unstable = (low < 0) & (high > 0)
            below = torch.where(unstable, slopes[place - 1], below)
        positive, negative = rows.clamp(min=0), rows.clamp(max=0)
        constant, rows = constant + negative @ shift, positive * below + negative * slope
    raise AssertionError


def crown(layers, image, norm, epsilon):
    ends = []
    for place in range(len(layers) - 1):
        unit = torch.eye(len(layers[place][1]), dtype=torch.float64)
        part = layers[:place + 1]
        ends.append((backward(unit, part, ends, image, norm, epsilon), -backward(-unit, part, ends, image, norm, epsilon)))
    return ends


def alpha_crown(rows, layers, ends, image, norm, epsilon, steps=20):
    """The best bounds of all steps; the step size falls by 2 percent each time."""
    slopes = [(high > -low).double().expand(len(rows), -1).clone().requires_grad_() for low, high in ends]
    optimizer = torch.optim.Adam(slopes, lr=0.1, maximize=True)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.98)
    best = torch.full([len(rows)], -float("inf"), dtype=torch.float64)
    for _ in range(steps):
        lower = backward(rows, layers, ends, image, norm, epsilon, slopes)
        best = torch.maximum(best, lower.detach())
        optimizer.zero_grad()
        lower.sum().backward()
        optimizer.step()
        schedule.step()
        for slope in slopes:
            slope.data.clamp_(0, 1)
    return torch.maximum(best, backward(rows, layers, ends, image, norm, epsilon, slopes).detach())


def margins(label, classes):
    rows = -torch.eye(classes, dtype=torch.float64)
    rows[:, label] += 1
    return rows


def folded(layers, rows):
    weight, bias = layers[-1]
    return layers[:-1] + [(rows @ weight, rows @ bias)]


def imbalance(low, high):
    center = (low + high) / 2
    active, inactive = (low > 0).double(), (high < 0).double()
    spread = (center - center.mean()) ** 2
    if active.sum() + inactive.sum() == 0:
        return torch.zeros(())
    total = 0
    for one, other in (((center * active).mean(), -(center * inactive).mean()), ((spread * active).sum(), (spread * inactive).sum())):
        total = total + functional.relu(0.5 - torch.minimum(one / other, other / one)) / 0.5
    return total


def training(network, images, labels, epsilon, kappa, weight):
    """The loss in training mode: batch norm takes the clean images' statistics, with gradients through them."""
    network.train()
    hidden = network.conv1((images - MEAN) / DEVIATION)
    mean, variance = hidden.mean((0, 2, 3)), hidden.var((0, 2, 3), unbiased=False)
    scale = (network.bn.weight / (variance + network.bn.eps).sqrt()).reshape(1, -1, 1, 1)
    shift = (network.bn.bias - mean * scale.flatten()).reshape(1, -1, 1, 1)
    clean = network.fc2(network.fc1(network.conv2((hidden * scale + shift).relu()).relu().flatten(1)).relu())

    def conv(layer, low, high):
        center, radius = (low + high) / 2, (high - low) / 2
        out = functional.conv2d(center, layer.weight, layer.bias, layer.stride, layer.padding)
        wide = functional.conv2d(radius, layer.weight.abs(), None, layer.stride, layer.padding)
        return out - wide, out + wide

    def linear(weight, bias, low, high):
        center, radius = (low + high) / 2, (high - low) / 2
        return center @ weight.t() + bias - radius @ weight.abs().t(), center @ weight.t() + bias + radius @ weight.abs().t()

    box = (images - epsilon, images + epsilon)
    low, high = conv(network.conv1, (box[0] - MEAN) / DEVIATION, (box[1] - MEAN) / DEVIATION)
    ends = (low * scale + shift, high * scale + shift)
    before = [(torch.minimum(*ends), torch.maximum(*ends))]
    before.append(conv(network.conv2, before[0][0].relu(), before[0][1].relu()))
    before.append(linear(network.fc1.weight, network.fc1.bias, before[1][0].relu().flatten(1), before[1][1].relu().flatten(1)))
    worst = []
    for row, label in enumerate(labels):
        rows = margins(label, 3)
        low, _ = linear(rows @ network.fc2.weight, rows @ network.fc2.bias, before[2][0][row:row + 1].relu(), before[2][1][row:row + 1].relu())
        worst.append(-low[0])
    first = (box[1] - box[0]).mean() / 2 / DEVIATION
    regular = sum(functional.relu(0.5 - first / ((high - low) / 2).mean()) / 0.5 + imbalance(low, high) for low, high in before) / 3
    loss = kappa * functional.cross_entropy(clean, labels) + (1 - kappa) * functional.cross_entropy(torch.stack(worst), labels)
    (loss + weight * regular).backward()
    return {"loss": loss.item(), "regularizer": regular.item(),
            "gradients": {key: parameter.grad.flatten().tolist() for key, parameter in network.named_parameters()}}


def in_training(network, images):
    """The affine parts with batch norm by the statistics of some images."""
    hidden = network.conv1((images - MEAN) / DEVIATION)
    mean, variance = hidden.mean((0, 2, 3), keepdim=True), hidden.var((0, 2, 3), unbiased=False, keepdim=True)
    weight, bias = network.bn.weight.reshape(1, -1, 1, 1), network.bn.bias.reshape(1, -1, 1, 1)
    first = lambda x: (network.conv1((x - MEAN) / DEVIATION) - mean) / (variance + network.bn.eps).sqrt() * weight + bias
    return [first] + network.blocks()[1:]


def output(blocks, images):
    for block in blocks[:-1]:
        images = block(images).relu()
    return blocks[-1](images)


def worst_case(layers, images, labels, epsilon):
    """The mean cross-entropy of the largest z_j - z_y over the balls, by intervals."""
    worst = [-intervals(folded(layers, margins(int(label), 3)), image.flatten(), "linf", epsilon)[-1][0]
             for image, label in zip(images, labels)]
    return functional.cross_entropy(torch.stack(worst), labels)


def sabr(layers, images, labels, adversarial, epsilon, small):
    room = (1 - small) * epsilon
    centers = torch.maximum(torch.minimum(adversarial, images + room), images - room)
    return worst_case(layers, centers, labels, small * epsilon)


def fused(layers, images, labels, epsilon, share):
    """The mean logarithm of an upper bound of 1 + the sum of exp(z_j - z_y) over the other classes."""
    result = []
    for image, label in zip(images, labels):
        image = image.flatten()
        rows = -margins(int(label), 3)[[number for number in range(3) if number != label]]
        low, high = intervals(folded(layers, rows), image, "linf", epsilon)[-1]
        chord = (high.exp() - low.exp()) / (high - low)
        ends = intervals(layers, image, "linf", epsilon)[:-1]
        linear = -backward(-(chord @ rows).unsqueeze(0), layers, ends, image, "linf", epsilon)[0]
        by_crown = linear + (high.exp() - chord * high).sum()
        result.append((1 + share * by_crown + (1 - share) * high.exp().sum()).log())
    return torch.stack(result).mean()


def certified(network, images, labels):
    """Losses and gradients at a real epsilon; of SABR lambda 0.4, of MTL-IBP alpha 0.3, of CROWN-IBP half of the warm-up."""
    epsilon = 0.1
    adversarial = images + epsilon * (2 * torch.rand_like(images) - 1)
    result = {"epsilon": epsilon, "adversarial": adversarial.tolist()}

    def losses():
        blocks = in_training(network, images)
        layers = matrices(blocks, images.shape[1:])
        yield "sabr", sabr(layers, images, labels, adversarial, epsilon, 0.4)
        attacked = functional.cross_entropy(output(blocks, adversarial), labels)
        yield "mtl-ibp", 0.7 * attacked + 0.3 * worst_case(layers, images, labels, epsilon)
        yield "crown-ibp", fused(layers, images, labels, epsilon, 0.5)

    for name, loss in losses():
        gradients = torch.autograd.grad(loss, list(network.parameters()), retain_graph=True)
        result[name] = {"loss": loss.item(), "gradients": {
            key: gradient.flatten().tolist() for (key, _), gradient in zip(network.named_parameters(), gradients)}}
    return result


def main():
    torch.manual_seed(0)
    network = Network().double()
    with torch.no_grad():
        network.bn.weight.copy_(torch.tensor([1.5, -0.7, 0.9]))
        network.bn.bias.copy_(torch.randn(3) / 2)
        network.bn.running_mean.copy_(torch.randn(3) / 2)
        network.bn.running_var.copy_(torch.rand(3) + 0.5)
        for layer in (network.fc1, network.fc2):
            layer.weight.mul_(2)
    images, labels = 0.62 + torch.rand(4, 2, 6, 6).double() * -0.24, torch.tensor([0, 2, 1, 1])
    network.eval()
    fixture = {"images": images.tolist(), "labels": labels.tolist(), "epsilon": NORMS,
               "state": {key: value.tolist() for key, value in network.state_dict().items()}, "bounds": {}}
    with torch.no_grad():
        layers = matrices(network.blocks(), images.shape[1:])
        for norm, epsilon in NORMS.items():
            ibp, linear, alpha = [], [], []
            for image, label in zip(images, labels):
                row = folded(layers, margins(int(label), 3))
                ibp.append(intervals(row, image.flatten(), norm, epsilon)[-1][0].tolist())
                ends = crown(layers, image.flatten(), norm, epsilon)
                unit = torch.eye(3, dtype=torch.float64)
                linear.append(backward(unit, row, ends, image.flatten(), norm, epsilon).tolist())
                with torch.enable_grad():
                    alpha.append(alpha_crown(unit, row, ends, image.flatten(), norm, epsilon).tolist())
            fixture["bounds"][norm] = {"ibp": ibp, "crown": linear, "alpha-crown": alpha}
    fixture["training"] = training(network, images, labels, NORMS["linf"], 0.3, 0.25)
    fixture["certified"] = certified(network, images, labels)
    path = pathlib.Path(__file__).with_name("bounds.json")
    path.write_text(json.dumps(fixture) + "\n")


main()
