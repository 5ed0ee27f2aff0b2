#!/usr/bin/env python3
"""Writes tensors.json: what PyTorch computes for each tensor operation that the tests run.

    python3 make_tensor_fixtures.py

Made with PyTorch 1.13.1 (Debian's python3-torch). A case's name is the key under which TensorCases.cs does the same;
its parameters name the inputs. Cases under "functions" are called by name, as a method, a function and in place.
"""
import inspect
import json
import pathlib

import torch

torch.set_num_threads(1)
torch.manual_seed(20240917)


def numbers(tensor):
    tensor = torch.empty_like(tensor, requires_grad=False).copy_(tensor.detach())
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.dtype in (torch.bfloat16, torch.float16):
        tensor = tensor.float()
    values = tensor.flatten().tolist()
    if tensor.dtype.is_floating_point:
        values = [str(v) if v != v or abs(v) == float("inf") else float(f"{v:.9g}") for v in values]
    return {"dtype": dtype, "shape": list(tensor.shape), "data": values}


def spread(*shape, low=-2.1, high=2.3, dtype=torch.float32):
    """Values without ties, so that extremes and kinks have one answer."""
    count = torch.Size(shape).numel()
    return torch.linspace(low, high, count)[torch.randperm(count)].reshape(shape).to(dtype)


square = spread(3, 3)
inputs = {
    "a": spread(2, 3),
    "b": spread(2, 3, low=-1.7, high=2.9),
    "row": spread(3, low=0.3, high=1.9),
    "column": spread(2, 1),
    "cube": spread(2, 3, 4),
    "unit": spread(2, 3, low=-0.9, high=0.8),
    "positive": spread(2, 3, low=0.2, high=3.1),
    "above": spread(2, 3, low=1.1, high=3.1),
    "square": square,
    "definite": square @ square.T + torch.eye(3),
    "m": spread(3, 4),
    "v": spread(3),
    "w": spread(3, low=0.4, high=1.2),
    "batch": spread(2, 3, 4),
    "batch2": spread(2, 4, 3),
    "image": spread(1, 2, 4, 4),
    "double": spread(2, 3, dtype=torch.float64),
    "brain": spread(2, 3, dtype=torch.bfloat16),
    "half": spread(2, 3, dtype=torch.float16),
    "ints": torch.tensor([[7, -3, 2], [5, 9, -8]]),
    "other": torch.tensor([[2, 5, -3], [-4, 3, 6]]),
    "bytes": torch.tensor([[200, 3, 255], [0, 17, 64]], dtype=torch.uint8),
    "small": torch.tensor([3, -1, 4], dtype=torch.int32),
    "mask": torch.tensor([[True, False, True], [False, False, True]]),
    "other_mask": torch.tensor([[True, True, False], [False, True, False]]),
    "index": torch.tensor([[0, 2, 1], [1, 0, 2]]),
    "picks": torch.tensor([2, 0]),
    "counts": torch.tensor([1, 4, 1, 3, 4, 4]),
    "holes": torch.tensor([[1.5, float("nan"), -float("inf")], [float("inf"), 0.0, -2.5]]),
    "scores": spread(3, 5),
}

# name: the input whose values suit the function.
unary = {name: "a" for name in """abs absolute acos arctan asinh atan ceil cos cosh deg2rad erf erfc exp exp2 expm1 floor
    frac neg negative positive rad2deg reciprocal sgn sigmoid sign sin sinc sinh square tan tanh trunc fix signbit
    relu relu6 selu silu hardswish hardsigmoid gelu celu
    isnan isinf isfinite isneginf isposinf isreal logical_not sum mean prod all any
    max min median argmax argmin std var t diag tril triu flatten ravel fliplr flipud atleast_1d atleast_2d atleast_3d
    nonzero argwhere nansum softplus norm arctanh atanh acosh arccosh arcsinh arccos""".split()}
unary.update({name: "unit" for name in "acos arccos arcsin asin atanh arctanh erfinv".split()})
unary.update({name: "positive" for name in "sqrt rsqrt log log2 log10 log1p lgamma digamma i0".split()})
unary.update({name: "above" for name in "acosh arccosh".split()})
unary.update({name: "square" for name in "det inverse trace matrix_exp slogdet".split()})
unary.update({name: "definite" for name in "cholesky logdet".split()})
unary.update({name: "ints" for name in "bitwise_not".split()})
unary.update({name: "holes" for name in "isnan isinf isfinite isneginf isposinf nansum".split()})
unary.pop("slogdet")

binary = {name: ("a", "b") for name in """add sub mul div true_divide subtract multiply divide maximum minimum fmax fmin eq ne
    lt le gt ge greater greater_equal less less_equal not_equal atan2 arctan2 hypot logaddexp logaddexp2 copysign fmod
    remainder isclose dist logical_and logical_or logical_xor""".split()}
binary.update({name: ("ints", "other") for name in
               "bitwise_and bitwise_or bitwise_xor gcd lcm floor_divide heaviside".split()})
binary.update({name: ("positive", "b") for name in "pow float_power xlogy".split()})
binary.update({"matmul": ("square", "m"), "mm": ("square", "m"), "mv": ("square", "v"), "dot": ("v", "w"), "vdot": ("v", "w"),
               "inner": ("v", "w"), "outer": ("v", "w"), "ger": ("v", "w"), "bmm": ("batch", "batch2"), "kron": ("v", "w"),
               "masked_select": ("a", "mask"), "take": ("a", "index"), "expand_as": ("row", "a"), "view_as": ("a", "b")})

cases = {
    # arithmetic, broadcasting and promotion
    "operators": lambda a, b: (a + b) * a - b / (a * a + 1) + (-a) % 1.5,
    "numbers on the left": lambda positive: 3 - positive + 2 * positive + 1.5 / positive,
    "broadcast": lambda a, row, column: a * row + column,
    "comparison with a number": lambda a: (a > 0) & (a <= 1.5) | (a == a) ^ (a != a),
    "not": lambda mask: ~mask,
    "float32 and float64": lambda a, double: a + double,
    "float32 and int64": lambda a, ints: a * ints,
    "uint8 and int32": lambda bytes, small: bytes + small,
    "uint8 wraps": lambda bytes: bytes + bytes,
    "uint8 and a float": lambda bytes: bytes / 255.0,
    "int64 divided": lambda ints, other: ints / other,
    "int64 and a float": lambda ints: ints * 0.5,
    "bool and int64": lambda mask, ints: mask + ints,
    "bfloat16": lambda brain: brain * brain + brain,
    "bfloat16 and float32": lambda brain, a: brain + a,
    "bfloat16 matrix product": lambda brain: brain @ brain.t(),
    "float16 and a number": lambda half: half * 2 + 1,
    "to bfloat16": lambda a: a.bfloat16(),
    "bfloat16 to float64": lambda brain: brain.double(),
    "to int64": lambda a: a.long(),
    "to uint8": lambda positive: positive.byte(),
    "to bool": lambda ints: ints.bool(),
    "add with alpha": lambda a, b: a.add(b, alpha=0.25),
    "add a number with alpha": lambda a: torch.add(a, 3, alpha=0.5),
    "division by trunc": lambda ints, other: torch.div(ints, other, rounding_mode="trunc"),
    "division by floor": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    "power of a number": lambda a: a.pow(3),
    "round": lambda a: a.round(),
    "round to decimals": lambda a: a.round(decimals=1),
    "clamp": lambda a: a.clamp(-1, 0.8),
    "clamp from below": lambda a: a.clamp(min=-0.5),
    "clamp by tensors": lambda a, unit, above: a.clamp(unit, above),
    "clamp_max": lambda a: a.clamp_max(0.4),
    "lerp": lambda a, b, unit: torch.lerp(a, b, unit),
    "addcmul": lambda a, b, unit: torch.addcmul(a, b, unit, value=0.5),
    "addcdiv": lambda a, b, positive: torch.addcdiv(a, b, positive, value=-2),
    "nan_to_num": lambda holes: holes.nan_to_num(1, 2, 3),
    "logit": lambda unit: (unit.abs()).logit(0.2),
    "where": lambda mask, a, b: torch.where(mask, a, b),
    # reductions
    "sum over one dimension": lambda cube: cube.sum(1),
    "sum over two, kept": lambda cube: cube.sum((0, 2), keepdim=True),
    "sum to float64": lambda a: a.sum(dtype=torch.float64),
    "sum of bools": lambda mask: mask.sum(),
    "mean over dimensions": lambda cube: cube.mean((1, 2)),
    "prod over one dimension": lambda cube: cube.prod(2),
    "std over one dimension": lambda cube: cube.std(1),
    "biased std": lambda a: a.std(unbiased=False),
    "var over dimensions, kept": lambda cube: cube.var((0, 2), unbiased=False, keepdim=True),
    "var_mean": lambda cube: torch.var_mean(cube, 2),
    "max along": lambda cube: cube.max(1),
    "min along, kept": lambda cube: cube.min(2, keepdim=True),
    "amax": lambda cube: cube.amax((1, 2)),
    "amin, kept": lambda cube: cube.amin((0,), keepdim=True),
    "aminmax": lambda ints: torch.aminmax(ints),
    "argmax along": lambda cube: cube.argmax(1),
    "argmin along, kept": lambda cube: cube.argmin(2, keepdim=True),
    "all along": lambda mask: mask.all(0),
    "any along": lambda mask: mask.any(1),
    "cumsum": lambda cube: cube.cumsum(1),
    "cumprod": lambda cube: cube.cumprod(2),
    "cummax": lambda cube: cube.cummax(2),
    "logsumexp": lambda cube: cube.logsumexp(1),
    "logcumsumexp": lambda a: a.logcumsumexp(1),
    "1-norm": lambda a: a.norm(1),
    "norm along": lambda cube: cube.norm(2, 1, keepdim=True),
    "count_nonzero": lambda ints: torch.count_nonzero(ints - 7),
    "quantile": lambda a, unit: torch.quantile(a, unit.abs().flatten(), 1),
    "bincount": lambda counts: torch.bincount(counts, minlength=6),
    "histc": lambda a: torch.histc(a, 4, -2, 2),
    "diff": lambda cube: cube.diff(dim=1),
    "unique": lambda counts: torch.unique(counts, return_inverse=True, return_counts=True),
    "cov": lambda a: torch.cov(a),
    # sorting and searching
    "sort": lambda cube: cube.sort(1),
    "sort, descending": lambda cube: cube.sort(2, descending=True),
    "argsort": lambda a: a.argsort(1, descending=True),
    "topk": lambda scores: scores.topk(2, 1),
    "smallest, along 0": lambda scores: scores.topk(1, 0, largest=False),
    "kthvalue": lambda scores: scores.kthvalue(2, 1),
    "mode": lambda counts: counts.mode(0),
    "searchsorted": lambda a: torch.searchsorted(torch.tensor([-1.0, 0.0, 1.0]), a),
    "bucketize": lambda a: torch.bucketize(a, torch.tensor([-1.0, 0.0, 1.0]), right=True),
    "isin": lambda ints: torch.isin(ints, torch.tensor([7, 9])),
    # shape
    "view": lambda cube: cube.view(6, -1),
    "reshape": lambda cube: cube.transpose(0, 1).reshape(3, 8),
    "permute": lambda cube: cube.permute(2, 0, 1) * 2,
    "transpose": lambda cube: cube.transpose(0, 2),
    "movedim": lambda cube: cube.movedim(0, 2),
    "flatten from 1": lambda cube: cube.flatten(1),
    "unflatten": lambda cube: cube.unflatten(2, (2, 2)),
    "squeeze": lambda column: column.squeeze(1),
    "unsqueeze": lambda a: a.unsqueeze(1),
    "expand": lambda row: row.expand(2, 3),
    "expand with -1": lambda column: column.expand(-1, 4),
    "broadcast_to": lambda row: row.broadcast_to(4, 3),
    "repeat": lambda a: a.repeat(2, 1),
    "repeat_interleave": lambda a: a.repeat_interleave(2, 1),
    "tile": lambda row: row.tile(2, 2),
    "flip": lambda cube: cube.flip(0, 2),
    "roll": lambda a: a.roll(1, 1),
    "roll of all": lambda a: a.roll(2),
    "rot90": lambda a: a.rot90(1, (0, 1)),
    "narrow": lambda cube: cube.narrow(2, 1, 2),
    "split": lambda cube: cube.split(2, 1),
    "split by sizes": lambda cube: cube.split([1, 3], 2),
    "chunk": lambda cube: cube.chunk(3, 1),
    "unbind": lambda a: a.unbind(1),
    "unfold": lambda v: v.unfold(0, 2, 1),
    "as_strided": lambda a: a.as_strided((2, 2), (1, 2), 1),
    "diagonal": lambda cube: cube.diagonal(1, 1, 2),
    "diag_embed": lambda v: v.diag_embed(),
    "tril below": lambda square: square.tril(-1),
    "triu above": lambda square: square.triu(1),
    "channels last and back": lambda image: image.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) + 1,
    "cat": lambda a, b: torch.cat([a, b], 1),
    "stack": lambda a, b: torch.stack([a, b], 1),
    "hstack": lambda a, column: torch.hstack([a, column]),
    "vstack": lambda a, row: torch.vstack([a, row]),
    "meshgrid": lambda v, row: torch.meshgrid(v, row, indexing="ij"),
    "einsum": lambda batch, batch2: torch.einsum("bij,bjk->bki", batch, batch2),
    # indexing
    "select": lambda cube: cube.select(1, 2),
    "slice": lambda cube: cube[:, 0:3:2],
    "integer": lambda cube: cube[1, 2],
    "negative integer": lambda cube: cube[-1, :, -2],
    "ellipsis": lambda cube: cube[..., 1],
    "range": lambda cube: cube[0, 1:, :-1],
    "new dimension": lambda a: a[:, None, 1],
    "mask": lambda a, mask: a[mask],
    "index tensor": lambda cube, picks: cube[:, picks],
    "two index tensors": lambda cube, picks: cube[picks - 1, :, picks],
    "gather": lambda a, index: a.gather(1, index),
    "scatter": lambda a, index, b: a.scatter(1, index, b),
    "scatter_add": lambda a, index, b: a.scatter_add(1, index, b),
    "index_select": lambda cube, picks: cube.index_select(1, picks),
    "index_add": lambda a, picks, column: a.index_add(1, picks, column.repeat(1, 2), alpha=2),
    "index_copy": lambda a, picks, column: a.index_copy(1, picks, column.repeat(1, 2)),
    "index_fill": lambda a, picks: a.index_fill(1, picks, 4),
    "masked_fill": lambda a, mask: a.masked_fill(mask, -3),
    "masked_scatter": lambda a, mask, row: a.masked_scatter(mask, row),
    "take_along_dim": lambda a, index: a.take_along_dim(index, 1),
    # in place
    "in place": lambda a, b: a.clone().mul_(2).add_(b).sub_(0.5).div_(3).clamp_(-1, 1),
    "in place, by alpha": lambda a, b: a.clone().add_(b, alpha=-0.1),
    "in place under a view": lambda a, row: first_row(a.clone(), row),
    "fill_ and zero_": lambda a: torch.cat([a.clone().fill_(3), a.clone().zero_()]),
    "copy_ with broadcasting and a cast": lambda double, row: torch.empty_like(double).copy_(row),
    "assignment to a slice": lambda a, column: assigned(a.clone(), (slice(None), 1), column.squeeze(1)),
    "assignment of a number": lambda a: assigned(a.clone(), 1, 7.0),
    "assignment to a mask": lambda a, mask: assigned(a.clone(), mask, -1.0),
    "index_put_ with accumulation": lambda v: torch.zeros(3).index_put_((torch.tensor([1, 1, 2]),), v, accumulate=True),
    "masked_fill_": lambda a, mask: a.clone().masked_fill_(mask, 9),
    "unsqueeze_ and transpose_": lambda a: a.clone().unsqueeze_(0).transpose_(0, 2),
    # functions of several dimensions
    "softmax": lambda scores: scores.softmax(1),
    "log_softmax": lambda scores: scores.log_softmax(1),
    "softmax of bfloat16 in float32": lambda brain: brain.softmax(1, dtype=torch.float32),
    "leaky_relu": lambda a: torch.nn.functional.leaky_relu(a, 0.2),
    "hardtanh": lambda a: torch.nn.functional.hardtanh(a, -0.5, 1),
    "elu": lambda a: torch.nn.functional.elu(a, 0.7),
    "glu": lambda cube: torch.nn.functional.glu(cube, 2),
    # linear algebra
    "addmm": lambda m, square: torch.addmm(m, square, m, beta=0.5, alpha=2),
    "baddbmm": lambda batch, batch2: torch.baddbmm(torch.ones(2, 3, 3), batch, batch2, beta=2),
    "matmul with broadcasting": lambda batch, m: batch @ m.t(),
    "tensordot": lambda batch, batch2: torch.tensordot(batch, batch2, ([0, 2], [0, 1])),
    "matrix_power": lambda square: square.matrix_power(3),
    "cdist": lambda a, b: torch.cdist(a, b),
    "linalg norm": lambda a: torch.linalg.norm(a),
    "linalg inf-norm along": lambda a: torch.linalg.norm(a, float("inf"), 1),
    "linalg nuc": lambda a: torch.linalg.norm(a, "nuc"),
    "vector_norm": lambda cube: torch.linalg.vector_norm(cube, 3, (1, 2), True),
    "matrix_norm": lambda cube: torch.linalg.matrix_norm(cube),
    "inv": lambda definite: torch.linalg.inv(definite),
    "pinv": lambda m: torch.linalg.pinv(m),
    "slogdet": lambda square: torch.linalg.slogdet(square),
    "linalg cholesky": lambda definite: torch.linalg.cholesky(definite),
    "solve": lambda definite, m: torch.linalg.solve(definite, m),
    "svd values": lambda m: torch.linalg.svdvals(m),
    "svd, multiplied out": lambda m: multiplied(*torch.linalg.svd(m, full_matrices=False)),
    "qr, multiplied out": lambda m: torch.mm(*torch.linalg.qr(m)),
    "eigh, multiplied out": lambda definite: (lambda l, q: q @ l.diag() @ q.t())(*torch.linalg.eigh(definite)),
    "eigenvalues": lambda definite: torch.linalg.eigvalsh(definite),
    "matrix_rank": lambda m: torch.linalg.matrix_rank(m),
    # factories
    "zeros": lambda: torch.zeros(2, 3),
    "ones of int32": lambda: torch.ones(2, 1, dtype=torch.int32),
    "full of ints": lambda: torch.full((2, 2), 7),
    "full of floats": lambda: torch.full((2,), 0.5),
    "full of bools": lambda: torch.full((2,), True, dtype=torch.bool),
    "eye": lambda: torch.eye(2, 3),
    "arange of ints": lambda: torch.arange(5),
    "arange of floats": lambda: torch.arange(1, 2, 0.25),
    "linspace": lambda: torch.linspace(-1, 1, 5),
    "logspace": lambda: torch.logspace(0, 2, 3),
    "zeros_like of another type": lambda a: torch.zeros_like(a, dtype=torch.int64),
    "full_like": lambda bytes: torch.full_like(bytes, 9),
    "tril_indices": lambda: torch.tril_indices(3, 3, -1),
    "rand": lambda: torch.rand(2, 3, generator=torch.Generator().manual_seed(7)),
    "randn": lambda: torch.randn(20, generator=torch.Generator().manual_seed(7)),
    "randint": lambda: torch.randint(-3, 9, (5,), generator=torch.Generator().manual_seed(7)),
    "randperm": lambda: torch.randperm(9, generator=torch.Generator().manual_seed(7)),
    "uniform_": lambda: torch.empty(4).uniform_(-2, 3, generator=torch.Generator().manual_seed(7)),
    "normal_": lambda: torch.empty(17).normal_(1, 0.5, generator=torch.Generator().manual_seed(7)),
    "bernoulli_": lambda: torch.empty(9).bernoulli_(0.3, generator=torch.Generator().manual_seed(7)),
    "random_": lambda: torch.empty(6).random_(2, 8, generator=torch.Generator().manual_seed(7)),
    "exponential_": lambda: torch.empty(4).exponential_(2, generator=torch.Generator().manual_seed(7)),
    "bernoulli of probabilities": lambda unit: torch.bernoulli(unit.abs(), generator=torch.Generator().manual_seed(7)),
    "multinomial": lambda positive: torch.multinomial(positive, 2, generator=torch.Generator().manual_seed(7)),
    "global generator": lambda: (torch.manual_seed(11), torch.rand(3))[1],
}


def first_row(tensor, row):
    tensor[0].mul_(row)
    return tensor


def assigned(tensor, where, value):
    tensor[where] = value
    return tensor


def multiplied(u, s, vh):
    return u @ s.diag() @ vh


def weights(tensor):
    return torch.linspace(0.2, 1.7, tensor.numel(), dtype=torch.float64).reshape(tensor.shape).to(tensor.dtype)


def case(name, function, arguments):
    given = {key: inputs[key].clone() for key in arguments}
    for tensor in given.values():
        tensor.requires_grad_(tensor.dtype.is_floating_point)
    result = function(*given.values())
    outputs = [result] if isinstance(result, torch.Tensor) else list(result)
    entry = {"name": name, "inputs": list(arguments), "outputs": [numbers(output) for output in outputs]}
    scalars = [(output * weights(output)).sum().double() for output in outputs if output.requires_grad]
    if scalars:
        wanted = {key: tensor for key, tensor in given.items() if tensor.requires_grad}
        gradients = torch.autograd.grad(sum(scalars), list(wanted.values()), allow_unused=True)
        entry["gradients"] = {key: numbers(g) for key, g in zip(wanted, gradients) if g is not None}
    return entry


def named(name, arguments):
    function = getattr(torch, name, None) or getattr(torch.Tensor, name, None) or getattr(torch.nn.functional, name)
    return case(name, function, arguments)


document = {
    "inputs": {name: numbers(tensor) for name, tensor in inputs.items()},
    "functions": [named(name, (key,)) for name, key in unary.items()] + [named(name, keys) for name, keys in binary.items()],
    "cases": [case(name, function, tuple(inspect.signature(function).parameters)) for name, function in cases.items()],
}
path = pathlib.Path(__file__).parent / "tensors.json"
lines = json.dumps(document["inputs"]), *(",\n".join(json.dumps(entry) for entry in document[key]) for key in ("functions", "cases"))
path.write_text('{{"inputs": {},\n"functions": [\n{}],\n"cases": [\n{}]}}\n'.format(*lines))
