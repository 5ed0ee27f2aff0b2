def norm(w: List[Tensor], s: List[Tensor], at: int, layer: int, x: Tensor, training: bool) -> Tensor:
    return torch.batch_norm(x, w[at], w[at + 1], s[2 * layer], s[2 * layer + 1], training, 0.1, 1e-5, False)


def block(w: List[Tensor], s: List[Tensor], at: int, layer: int, x: Tensor, stride: int, training: bool) -> Tensor:
    """Weights from `at`, batch norms from `layer`; where the stride is 2 the shortcut is a convolution."""
    y = torch.relu(norm(w, s, at, layer, x, training))
    short = x
    if stride == 2:
        short = halve(y, w[at + 6])
    y = torch.conv2d(y, w[at + 2], None, [stride, stride], [1, 1])
    y = torch.relu(norm(w, s, at + 3, layer + 1, y, training))
    return torch.conv2d(y, w[at + 5], None, [1, 1], [1, 1]) + short


def network(w: List[Tensor], s: List[Tensor], x: Tensor, training: bool) -> Tensor:
    x = torch.conv2d(x, w[0], None, [1, 1], [1, 1])
    x = block(w, s, 1, 0, x, 1, training)
    x = block(w, s, 7, 2, x, 1, training)
    x = block(w, s, 13, 4, x, 2, training)
    x = block(w, s, 20, 6, x, 1, training)
    x = block(w, s, 26, 8, x, 2, training)
    x = block(w, s, 33, 10, x, 1, training)
    x = block(w, s, 39, 12, x, 2, training)
    x = block(w, s, 46, 14, x, 1, training)
    x = torch.relu(norm(w, s, 52, 16, x, training))
    return torch.linear(torch.flatten(torch.adaptive_avg_pool2d(x, [1, 1]), 1), w[54], w[55])
