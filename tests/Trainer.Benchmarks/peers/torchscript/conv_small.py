def network(w: List[Tensor], s: List[Tensor], x: Tensor, training: bool) -> Tensor:
    x = relu(torch.conv2d(x, w[0], w[1], [2, 2], [1, 1]))
    x = relu(torch.conv2d(x, w[2], w[3], [2, 2], [1, 1]))
    x = relu(torch.linear(torch.flatten(x, 1), w[4], w[5]))
    return torch.linear(x, w[6], w[7])
