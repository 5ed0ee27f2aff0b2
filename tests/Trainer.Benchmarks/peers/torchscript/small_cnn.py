def network(w: List[Tensor], s: List[Tensor], x: Tensor, training: bool) -> Tensor:
    x = relu(torch.conv2d(relu(torch.conv2d(x, w[0], w[1])), w[2], w[3]))
    x = torch.max_pool2d(x, [2, 2])
    x = relu(torch.conv2d(relu(torch.conv2d(x, w[4], w[5])), w[6], w[7]))
    x = torch.max_pool2d(x, [2, 2])
    x = torch.dropout(relu(torch.linear(torch.flatten(x, 1), w[8], w[9])), 0.5, training)
    x = relu(torch.linear(x, w[10], w[11]))
    return torch.linear(x, w[12], w[13])
