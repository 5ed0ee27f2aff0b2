# AutoAttack (Croce and Hein 2020, arXiv:2003.01690), standard, L-infinity, in the order of work of the public code: each attack
# on the images that the earlier ones left, whole runs of 100 iterations for an image that is misclassified at the first, a
# gradient after the last step, a forward to rank the targets for each target, gradients of the weights within FAB, one window
# for all images within Square.


def relu(x: Tensor) -> Tensor:
    return torch.relu_(x)


def prepare(weights: List[Tensor]) -> List[Tensor]:
    leaves: List[Tensor] = []
    for weight in weights:
        leaves.append(weight.clone().detach().requires_grad_())
    return leaves


def logits_of(w: List[Tensor], x: Tensor) -> Tensor:
    """Without a graph."""
    s: List[Tensor] = []
    torch.set_grad_enabled(False)
    logits = network(w, s, x, False)
    torch.set_grad_enabled(True)
    return logits


def fooled(w: List[Tensor], x: Tensor, y: Tensor) -> Tensor:
    return logits_of(w, x).argmax(1).ne(y)


def ranked(w: List[Tensor], x: Tensor, rank: int) -> Tensor:
    """The class at a rank of each image's logits, from the top, which is 1."""
    return logits_of(w, x).sort(1)[1][:, -rank]


def project(adversarial: Tensor, x: Tensor, epsilon: float) -> Tensor:
    """The nearest point in ball and box."""
    return torch.min(torch.max(adversarial, x - epsilon), x + epsilon).clamp(0, 1)


def loss_of(logits: Tensor, y: Tensor, targets: Optional[Tensor]) -> Tensor:
    """The cross-entropy; with targets the targeted difference of logits ratio."""
    if targets is None:
        loss = torch.cross_entropy_loss(logits, y, None, 0)
    else:
        top = logits.sort(1)[0]
        own, other = logits.gather(1, y.unsqueeze(1)).squeeze(1), logits.gather(1, targets.unsqueeze(1)).squeeze(1)
        loss = -(own - other) / (top[:, -1] - 0.5 * (top[:, -3] + top[:, -4]) + 1e-12)
    return loss


def evaluate(w: List[Tensor], point: Tensor, y: Tensor, targets: Optional[Tensor]) -> Tuple[Tensor, Tensor, Tensor]:
    """Loss, gradient of the image, and whether the image is misclassified."""
    s: List[Tensor] = []
    point = point.detach().requires_grad_()
    logits = network(w, s, point, False)
    loss = loss_of(logits, y, targets)
    gradient = torch.autograd.grad([loss.sum()], [point])[0]
    assert gradient is not None
    return loss.detach(), gradient, logits.detach().argmax(1).ne(y)


def apgd_run(w: List[Tensor], x: Tensor, y: Tensor, targets: Optional[Tensor], epsilon: float) -> Tensor:
    """One run of APGD: the last adversarial of each image, or where it ends."""
    noise = 2 * torch.rand_like(x) - 1
    point = (x + epsilon * noise / noise.abs().flatten(1).amax(1).view(-1, 1, 1, 1)).clamp(0, 1)
    found = point.clone()
    best_loss, gradient, out = evaluate(w, point, y, targets)
    best, best_gradient, before = point.clone(), gradient.clone(), point.clone()
    step = torch.full([x.size(0), 1, 1, 1], 2 * epsilon)
    losses = torch.zeros([100, x.size(0)])
    interval, since = 22, 0
    halved, checked_loss = y >= 0, best_loss.clone()
    for iteration in range(100):
        share = 0.75 if iteration > 0 else 1.0
        momentum = point - before
        before = point.clone()
        plain = project(point + step * gradient.sign(), x, epsilon)
        point = project(point + (plain - point) * share + momentum * (1 - share), x, epsilon)
        loss, gradient, out = evaluate(w, point, y, targets)
        found[out] = point[out]
        losses[iteration] = loss
        better = loss > best_loss
        best[better], best_gradient[better], best_loss[better] = point[better], gradient[better], loss[better]
        since += 1
        if since == interval:
            rises = torch.zeros_like(loss)
            for back in range(interval):
                rises += (losses[iteration - back] > losses[iteration - back - 1]).float()
            halve = (rises <= 0.75 * interval) | (halved.logical_not() & (checked_loss >= best_loss))
            halved, checked_loss = halve, best_loss.clone()
            step[halve] = step[halve] / 2
            point[halve], gradient[halve] = best[halve], best_gradient[halve]
            interval, since = max(interval - 3, 6), 0
    return found


def apgd_ce(w: List[Tensor], x: Tensor, y: Tensor, epsilon: float) -> Tensor:
    return apgd_run(w, x, y, None, epsilon)


def hyperplane_step(points: Tensor, normals: Tensor, offsets: Tensor) -> Tensor:
    """The smallest step, in the largest change of a pixel, that takes each point in the box onto normal . z = offset."""
    lack = offsets - (normals * points).sum(1)
    normals = normals * lack.sign().unsqueeze(1)
    weights, room = normals.abs(), torch.where(normals > 0, 1 - points, points)
    room_sorted, order = room.sort(1)
    weights_sorted = weights.gather(1, order)
    full = (weights_sorted * room_sorted).cumsum(1)
    free = weights_sorted.sum(1, keepdim=True) - weights_sorted.cumsum(1)
    short = (full + free * room_sorted < lack.abs().unsqueeze(1)).sum(1, keepdim=True)
    before = (short - 1).clamp(min=0)
    moved = torch.where(short > 0, full.gather(1, before), torch.zeros_like(lack).unsqueeze(1))
    slope = torch.where(short > 0, free.gather(1, before), weights_sorted.sum(1, keepdim=True))
    radius = ((lack.abs().unsqueeze(1) - moved) / slope.clamp(min=1e-12)).clamp(min=0)
    return torch.min(radius, room) * normals.sign()


def fab_run(w: List[Tensor], x: Tensor, y: Tensor, targets: Tensor, epsilon: float) -> Tuple[Tensor, Tensor]:
    s: List[Tensor] = []
    flat, point, found = x.flatten(1), x.clone(), x.clone()
    nearest = torch.full([x.size(0)], 1e10)
    for _ in range(100):
        point = point.detach().requires_grad_()
        logits = network(w, s, point, False)
        difference = logits.gather(1, targets.unsqueeze(1)).squeeze(1) - logits.gather(1, y.unsqueeze(1)).squeeze(1)
        gradient = torch.autograd.grad([difference.sum()], [point] + w)[0]
        assert gradient is not None
        normals, point, difference = gradient.flatten(1), point.detach(), difference.detach()
        offsets = (normals * point.flatten(1)).sum(1) - difference
        steps = hyperplane_step(torch.cat([point.flatten(1), flat]), normals.repeat([2, 1]), offsets.repeat([2]))
        own, original = steps[:x.size(0)].view_as(x), steps[x.size(0):].view_as(x)
        lengths = steps.abs().amax(1).clamp(min=1e-8).view(2, -1)
        share = (lengths[0] / (lengths[0] + lengths[1])).clamp(0, 0.1).view(-1, 1, 1, 1)
        point = ((point + 1.05 * own) * (1 - share) + (x + 1.05 * original) * share).clamp(0, 1)
        out = fooled(w, point, y)
        distance = (point - x).flatten(1).abs().amax(1)
        closer = out & (distance < nearest)
        found[closer], nearest[closer] = point[closer], distance[closer]
        point[out] = x[out] + (point[out] - x[out]) * 0.9
    return found, fooled(w, found, y) & (nearest <= epsilon)


def targeted(w: List[Tensor], images: Tensor, labels: Tensor, epsilon: float, fab: bool) -> Tensor:
    """Nine targets one after the other, each on the images that the earlier ones left."""
    adversarial, remaining = images.clone(), torch.arange(images.size(0))
    for rank in range(2, 11):
        if remaining.size(0) > 0:
            x, y = images[remaining], labels[remaining]
            targets = ranked(w, x, rank)
            if fab:
                found, out = fab_run(w, x, y, targets, epsilon)
            else:
                found = apgd_run(w, x, y, targets, epsilon)
                out = fooled(w, found, y)
            adversarial[remaining[out]] = found[out]
            remaining = remaining[out.logical_not()]
    return adversarial


def margin(w: List[Tensor], x: Tensor, y: Tensor) -> Tensor:
    logits = logits_of(w, x)
    return logits.gather(1, y.unsqueeze(1)).squeeze(1) - logits.scatter(1, y.unsqueeze(1), float("-inf")).amax(1)


def random_signs(shape: List[int]) -> Tensor:
    return 2 * torch.randint(0, 2, shape).float() - 1


def square(w: List[Tensor], images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    count, channels, height, width = images.size(0), images.size(1), images.size(2), images.size(3)
    best = (images + epsilon * random_signs([count, channels, 1, width])).clamp(0, 1)
    least = margin(w, best, labels)
    query, left = 0, count
    while query < 5000 and left > 0:
        remaining = (least > 0).nonzero().squeeze(1)
        left = remaining.size(0)
        if left > 0:
            x, y, own, lowest = images[remaining], labels[remaining], best[remaining], least[remaining]
            share = 0.8
            for after in [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000]:
                if query > after:
                    share = share / 2
            side = max(int(round((share * height * width) ** 0.5)), 1)
            # The last place is left out, as in the public code.
            top = int(torch.randint(0, max(height - side, 1), [1]).item())
            column = int(torch.randint(0, max(width - side, 1), [1]).item())
            change = torch.zeros([channels, height, width])
            change[:, top:top + side, column:column + side] = 2 * epsilon * random_signs([channels, 1, 1])
            tried = project(own + change, x, epsilon)
            now = margin(w, tried, y)
            better = (now < lowest) | (now <= 0)
            least[remaining] = torch.where(better, now, lowest)
            best[remaining] = torch.where(better.view(-1, 1, 1, 1), tried, own)
        query += 1
    return best


def run(w: List[Tensor], images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    """Which images are classified correctly after all four attacks."""
    robust = fooled(w, images, labels).logical_not()
    for attack in range(4):
        left = robust.nonzero().squeeze(1)
        if left.size(0) > 0:
            x, y = images[left], labels[left]
            if attack == 0:
                adversarial = apgd_ce(w, x, y, epsilon)
            elif attack == 3:
                adversarial = square(w, x, y, epsilon)
            else:
                adversarial = targeted(w, x, y, epsilon, attack == 2)
            assert float((adversarial - x).abs().max()) <= epsilon + 1e-6
            robust[left] = fooled(w, adversarial, y).logical_not()
    return robust
