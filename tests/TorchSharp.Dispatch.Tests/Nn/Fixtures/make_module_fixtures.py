#!/usr/bin/env python3
"""Writes modules.json: what PyTorch computes for each module, function, loss and initialiser that the tests run.

    python3 make_module_fixtures.py

Made with PyTorch 1.13.1 (Debian's python3-torch). A case's name is the key under which ModuleCases.cs builds the same thing.
"""
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
torch.manual_seed(20240917)
cases, functions, initialisers = [], [], []


def numbers(tensor):
    tensor = tensor.detach()
    values = tensor.flatten().tolist()  # bfloat16 values are exact in JSON
    if tensor.dtype.is_floating_point:
        values = [float(f"{value:.9g}") for value in values]
    return {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), "data": values}


def spread(*shape):
    """Values without ties, so that max pooling and kinks have one answer."""
    count = torch.Size(shape).numel()
    values = torch.linspace(-2.1, 2.3, count)[torch.randperm(count)]
    return values.reshape(shape)


def differentiate(result, inputs, parameters):
    upstream = torch.linspace(0.2, 1.7, result.numel()).reshape(result.shape).to(result.dtype)
    wanted = {f"input{i}": x for i, x in enumerate(inputs) if x.requires_grad}
    wanted.update((name, p) for name, p in parameters if p.requires_grad)
    gradients = torch.autograd.grad(result, list(wanted.values()), upstream) if wanted else []
    return {"output": numbers(result), "upstream": numbers(upstream),
            "gradients": {name: numbers(g) for name, g in zip(wanted, gradients)}}


def ready(x):
    x = x.clone()
    return x.requires_grad_() if x.dtype.is_floating_point else x


def case(name, module, *inputs, train=True, steps=1, dtype=torch.float32):
    module.train(train)
    for p in module.parameters():
        p.data = torch.randn_like(p) * 0.5
    for key, buffer in module.named_buffers():
        if buffer.dtype.is_floating_point:
            buffer.copy_(torch.rand_like(buffer) + 0.5)
    module.to(dtype)
    inputs = [x.to(dtype) if x.dtype.is_floating_point else x for x in inputs]
    before = {key: numbers(value) for key, value in module.state_dict().items()}
    inputs = [ready(x) for x in inputs]
    for _ in range(steps - 1):
        module(*inputs)
    results = differentiate(module(*inputs), inputs, list(module.named_parameters()))
    after = {key: numbers(value) for key, value in module.named_buffers()}
    cases.append({"name": name, "train": train, "steps": steps, "state": before,
                  "inputs": [numbers(x) for x in inputs], "buffersAfter": after, **results})


def function(name, compute, *inputs, fixed=()):
    """fixed: indices of inputs that take no gradient (targets)."""
    inputs = [x.clone() if i in fixed else ready(x) for i, x in enumerate(inputs)]
    functions.append({"name": name, "inputs": [numbers(x) for x in inputs], **differentiate(compute(*inputs), inputs, [])})


def initialiser(name, make):
    torch.manual_seed(11)
    made = make()
    made = list(made.state_dict().values()) if isinstance(made, nn.Module) else [made]
    initialisers.append({"name": name, "tensors": [numbers(x) for x in made]})


case("linear", nn.Linear(5, 3), spread(2, 5))
case("linear without bias on a sequence", nn.Linear(4, 2, bias=False), spread(2, 3, 4))
case("bilinear", nn.Bilinear(3, 4, 2), spread(2, 3), spread(2, 4))
case("identity", nn.Identity(), spread(2, 3))
case("conv1d", nn.Conv1d(3, 4, 3, stride=2, padding=1, dilation=2), spread(2, 3, 9))
case("conv2d", nn.Conv2d(3, 4, 3, padding=1), spread(2, 3, 5, 6))
case("conv2d of unequal sizes", nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2, bias=False), spread(1, 4, 7, 6))
case("conv2d same", nn.Conv2d(2, 3, (3, 4), padding="same"), spread(1, 2, 5, 6))
case("conv2d reflect", nn.Conv2d(2, 3, (3, 5), padding=(1, 2), padding_mode="reflect"), spread(1, 2, 5, 6))
case("conv2d same circular", nn.Conv2d(2, 2, (2, 3), padding="same", padding_mode="circular"), spread(1, 2, 4, 5))
case("conv2d unbatched", nn.Conv2d(2, 3, 2), spread(2, 4, 4))
case("conv3d", nn.Conv3d(2, 3, 2, stride=1, padding=1), spread(1, 2, 3, 4, 3))
case("conv transpose 2d", nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1), spread(1, 3, 4, 3))
case("conv transpose 2d of unequal sizes", nn.ConvTranspose2d(4, 2, (3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2, dilation=(2, 1)), spread(1, 4, 3, 2))
case("batch norm 1d", nn.BatchNorm1d(4), spread(5, 4))
case("batch norm 1d of sequences", nn.BatchNorm1d(3), spread(2, 3, 4))
case("batch norm 2d, training", nn.BatchNorm2d(3), spread(2, 3, 3, 2), steps=3)
case("batch norm 2d, cumulative average", nn.BatchNorm2d(3, momentum=None), spread(2, 3, 2, 2), steps=3)
case("batch norm 2d, evaluation", nn.BatchNorm2d(3), spread(2, 3, 3, 2), train=False)
case("batch norm 2d, plain", nn.BatchNorm2d(3, affine=False, track_running_stats=False), spread(2, 3, 3, 2), train=False)
case("batch norm 3d", nn.BatchNorm3d(2, eps=1e-3, momentum=0.3), spread(2, 2, 2, 3, 2))
case("group norm", nn.GroupNorm(2, 4), spread(2, 4, 3, 2))
case("layer norm", nn.LayerNorm((3, 4)), spread(2, 3, 4))
case("layer norm, plain", nn.LayerNorm(4, elementwise_affine=False), spread(2, 4))
case("instance norm 2d", nn.InstanceNorm2d(3), spread(2, 3, 3, 2))
case("instance norm 2d, affine and tracking", nn.InstanceNorm2d(3, affine=True, track_running_stats=True), spread(2, 3, 3, 2))
case("instance norm 2d, unbatched", nn.InstanceNorm2d(3), spread(3, 3, 2))
case("max pool 1d", nn.MaxPool1d(3, stride=2, padding=1), spread(1, 2, 7))
case("max pool 2d", nn.MaxPool2d(2), spread(1, 2, 4, 6))
case("max pool 2d of unequal sizes", nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), ceil_mode=True), spread(1, 2, 6, 5))
case("average pool 1d", nn.AvgPool1d(3, stride=2, padding=1, count_include_pad=False), spread(1, 2, 7))
case("average pool 2d", nn.AvgPool2d(2), spread(1, 2, 4, 6))
case("average pool 2d of unequal sizes", nn.AvgPool2d((3, 2), stride=(2, 1), padding=(1, 0), ceil_mode=True, divisor_override=4), spread(1, 2, 6, 5))
case("adaptive average pool 1d", nn.AdaptiveAvgPool1d(3), spread(1, 2, 7))
case("adaptive average pool 2d", nn.AdaptiveAvgPool2d((2, 3)), spread(1, 2, 5, 7))
case("adaptive average pool 2d to one", nn.AdaptiveAvgPool2d(1), spread(1, 2, 3, 4))
case("adaptive max pool 2d", nn.AdaptiveMaxPool2d((2, 3)), spread(1, 2, 5, 7))
case("embedding", nn.Embedding(5, 3, padding_idx=1), torch.tensor([[0, 1, 4], [3, 3, 0]]))
case("embedding, bounded", nn.Embedding(5, 3, max_norm=0.5), torch.tensor([2, 2, 4]))
case("flatten", nn.Flatten(), spread(2, 3, 2))
case("flatten of the first two", nn.Flatten(0, 1), spread(2, 3, 2))
case("unflatten", nn.Unflatten(1, (2, 3)), spread(2, 6))
case("pixel shuffle", nn.PixelShuffle(2), spread(1, 8, 2, 3))
case("upsample nearest", nn.Upsample(scale_factor=2), spread(1, 2, 2, 3))
case("upsample bilinear", nn.Upsample(size=(5, 4), mode="bilinear", align_corners=True), spread(1, 2, 3, 2))
case("dropout, evaluation", nn.Dropout(0.4), spread(2, 3), train=False)
case("relu", nn.ReLU(), spread(3, 4))
case("relu6", nn.ReLU6(), spread(3, 4) * 4)
case("leaky relu", nn.LeakyReLU(0.2), spread(3, 4))
case("prelu", nn.PReLU(3), spread(2, 3, 2))
case("elu", nn.ELU(1.3), spread(3, 4))
case("selu", nn.SELU(), spread(3, 4))
case("celu", nn.CELU(0.7), spread(3, 4))
case("gelu", nn.GELU(), spread(3, 4))
case("silu", nn.SiLU(), spread(3, 4))
case("mish", nn.Mish(), spread(3, 4))
case("sigmoid", nn.Sigmoid(), spread(3, 4))
case("tanh", nn.Tanh(), spread(3, 4))
case("softplus", nn.Softplus(2, 3), spread(3, 4))
case("softmax", nn.Softmax(1), spread(3, 4))
case("log softmax", nn.LogSoftmax(1), spread(3, 4))
case("hardswish", nn.Hardswish(), spread(3, 4) * 2)
case("hardtanh", nn.Hardtanh(-0.5, 1.5), spread(3, 4))
case("zero pad", nn.ZeroPad2d((1, 0, 2, 1)), spread(1, 2, 3, 2))
case("constant pad", nn.ConstantPad1d((2, 1), 0.7), spread(1, 2, 3))
case("reflection pad", nn.ReflectionPad2d((1, 2, 0, 1)), spread(1, 2, 3, 4))
case("replication pad", nn.ReplicationPad2d(1), spread(1, 2, 3, 2))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(3)
        self.rest = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU(), nn.BatchNorm2d(3))
        self.heads = nn.ModuleList([nn.Linear(12, 2), nn.Linear(12, 2)])
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, x):
        x = self.rest(torch.relu(self.bn(self.conv(x)))).flatten(1)
        return (self.heads[0](x) + self.heads[1](x)) * self.scale


case("a network", Block(), spread(3, 2, 2, 2))
case("a network in bfloat16", Block(), spread(3, 2, 2, 2), dtype=torch.bfloat16)
case("a network in bfloat16, evaluation", Block(), spread(3, 2, 2, 2), train=False, dtype=torch.bfloat16)

logits, classes = spread(4, 3), torch.tensor([0, 2, 1, 2])
probabilities = torch.softmax(spread(4, 3), 1)
weights = torch.tensor([0.5, 2.0, 1.0])
function("cross entropy", lambda x, y: F.cross_entropy(x, y), logits, classes)
function("cross entropy, summed and smoothed", lambda x, y: F.cross_entropy(x, y, reduction="sum", label_smoothing=0.1), logits, classes)
function("cross entropy, weighted and ignoring", lambda x, y, w: F.cross_entropy(x, y, w, ignore_index=2), logits, classes, weights, fixed=(2,))
function("cross entropy of probabilities", lambda x, y: F.cross_entropy(x, y, reduction="none"), logits, probabilities, fixed=(1,))
function("cross entropy of pixels", lambda x, y: F.cross_entropy(x, y), spread(2, 3, 2, 2), torch.tensor([[[0, 1], [2, 2]], [[1, 1], [0, 2]]]))
function("nll", lambda x, y, w: F.nll_loss(F.log_softmax(x, 1), y, w), logits, classes, weights, fixed=(2,))
function("binary cross entropy", lambda x, y: F.binary_cross_entropy(torch.sigmoid(x), y), spread(2, 3), torch.tensor([[0., 1., 1.], [1., 0., 0.]]), fixed=(1,))
function("binary cross entropy with logits", lambda x, y, w: F.binary_cross_entropy_with_logits(x, y, pos_weight=w, reduction="sum"), spread(2, 3), torch.tensor([[0., 1., 1.], [1., 0., 0.]]), weights, fixed=(1, 2))
function("mse", lambda x, y: F.mse_loss(x, y), spread(2, 3), spread(2, 3))
function("l1", lambda x, y: F.l1_loss(x, y, reduction="sum"), spread(2, 3), spread(2, 3))
function("smooth l1", lambda x, y: F.smooth_l1_loss(x, y, beta=0.5), spread(2, 3), spread(2, 3))
function("huber", lambda x, y: F.huber_loss(x, y, delta=0.5, reduction="none"), spread(2, 3), spread(2, 3))
function("kl", lambda x, y: F.kl_div(F.log_softmax(x, 1), y, reduction="sum"), logits, probabilities)
function("kl of logarithms", lambda x, y: F.kl_div(F.log_softmax(x, 1), F.log_softmax(y, 1), reduction="mean", log_target=True), logits, spread(4, 3))
function("softmax in float64", lambda x: F.softmax(x, 1, dtype=torch.float64).float(), logits)
function("normalize", lambda x: F.normalize(x), spread(3, 4))
function("normalize, 1-norm over rows", lambda x: F.normalize(x, 1.0, 0, 0.1), spread(3, 4))
function("cosine similarity", lambda x, y: F.cosine_similarity(x, y), spread(3, 4), spread(3, 4))
function("unfold", lambda x: F.unfold(x, (2, 3), padding=(1, 0), stride=(1, 2)), spread(1, 2, 4, 5))
function("one hot", lambda x: F.one_hot(x, 4).float(), classes)
function("pad by all kinds", lambda x: F.pad(F.pad(F.pad(x, (1, 0, 0, 2), value=0.3), (1, 1, 1, 0), "reflect"), (0, 1, 2, 0), "circular"), spread(1, 2, 3, 3))
function("interpolate nearest exact", lambda x: F.interpolate(x, scale_factor=(1.5, 2.0), mode="nearest-exact"), spread(1, 2, 3, 2))
function("interpolate bilinear", lambda x: F.interpolate(x, scale_factor=(1.7, 1.3), mode="bilinear"), spread(1, 2, 3, 4))
function("interpolate bilinear, recomputed", lambda x: F.interpolate(x, scale_factor=(1.7, 1.3), mode="bilinear", recompute_scale_factor=True), spread(1, 2, 3, 4))
function("interpolate bilinear, antialiased", lambda x: F.interpolate(x, size=(2, 3), mode="bilinear", antialias=True), spread(1, 2, 5, 6))
function("interpolate bicubic", lambda x: F.interpolate(x, size=(5, 3), mode="bicubic", align_corners=False), spread(1, 1, 3, 4))
function("interpolate area", lambda x: F.interpolate(x, size=(2, 2), mode="area"), spread(1, 1, 3, 5))
function("interpolate linear", lambda x: F.interpolate(x, scale_factor=2.0, mode="linear"), spread(1, 2, 4))
function("interpolate trilinear", lambda x: F.interpolate(x, size=(2, 3, 4), mode="trilinear", align_corners=True), spread(1, 1, 2, 2, 2))

initialiser("linear", lambda: nn.Linear(6, 4))
initialiser("conv2d", lambda: nn.Conv2d(4, 6, (3, 2), groups=2))
initialiser("conv1d without bias", lambda: nn.Conv1d(3, 4, 3, bias=False))
initialiser("conv transpose 2d", lambda: nn.ConvTranspose2d(4, 2, 3))
initialiser("bilinear", lambda: nn.Bilinear(3, 4, 2))
initialiser("embedding", lambda: nn.Embedding(6, 4, padding_idx=2))
initialiser("batch norm 2d", lambda: nn.BatchNorm2d(3))
initialiser("instance norm 2d", lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True))
initialiser("group norm", lambda: nn.GroupNorm(2, 4))
initialiser("layer norm", lambda: nn.LayerNorm(3))
initialiser("prelu", lambda: nn.PReLU(2))
initialiser("kaiming uniform", lambda: nn.init.kaiming_uniform_(torch.empty(5, 4, 3), a=0.2))
initialiser("kaiming normal, fan out", lambda: nn.init.kaiming_normal_(torch.empty(5, 4, 3), mode="fan_out", nonlinearity="relu"))
initialiser("xavier uniform", lambda: nn.init.xavier_uniform_(torch.empty(5, 4), gain=nn.init.calculate_gain("tanh")))
initialiser("xavier normal", lambda: nn.init.xavier_normal_(torch.empty(5, 4)))
initialiser("uniform", lambda: nn.init.uniform_(torch.empty(7), -1.5, 0.5))
initialiser("normal", lambda: nn.init.normal_(torch.empty(20), 0.5, 2.0))
initialiser("truncated normal", lambda: nn.init.trunc_normal_(torch.empty(20), 0.1, 0.9, -1.0, 1.2))
initialiser("orthogonal, wide", lambda: nn.init.orthogonal_(torch.empty(3, 2, 2), 1.4))
initialiser("orthogonal, tall", lambda: nn.init.orthogonal_(torch.empty(5, 3)))
initialiser("dropout", lambda: F.dropout(torch.ones(4, 6), 0.3))
initialiser("dropout 2d", lambda: F.dropout2d(torch.ones(2, 6, 1, 2), 0.5))
initialiser("alpha dropout", lambda: F.alpha_dropout(torch.ones(4, 6), 0.3, training=True))

target = pathlib.Path(__file__).with_name("modules.json")
lines = []
for heading, entries in (("modules", cases), ("functions", functions), ("initialisers", initialisers)):
    body = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    lines.append(f'"{heading}": [\n{body}\n]')
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
