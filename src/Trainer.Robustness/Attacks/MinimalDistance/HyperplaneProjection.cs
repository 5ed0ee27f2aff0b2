using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The smallest change of a point in the box [0, 1] that moves it onto a hyperplane: d with w·d = c and 0 ≤ x + d ≤ 1
/// (Croce and Hein 2020, arXiv:1907.02044, section 3.1). Where the box allows no such d, the one that comes nearest.
/// </summary>
internal static class HyperplaneProjection
{
    // As in the public code: coordinates of less weight do not move, in L2 and L1.
    private const double LeastWeight = 1e-8;
    private const double Tiny = 1e-30;

    /// <param name="points">Float32 [N, D] in [0, 1].</param>
    /// <param name="normals">Float32 [N, D]: w.</param>
    /// <param name="gaps">Float32 [N]: c.</param>
    /// <param name="norm">In which the change is smallest.</param>
    /// <returns>Float32 [N, D]: d.</returns>
    public static Tensor Change(Tensor points, Tensor normals, Tensor gaps, Norm norm)
    {
        using var scope = NewDisposeScope();
        var direction = normals.sign() * gaps.sign().unsqueeze(1);
        var weight = normals.abs();
        if (norm != Norm.Linf)
            direction.mul_(weight >= LeastWeight);
        weight.mul_(direction.abs());
        // How far each coordinate can go.
        var room = where(direction > 0, 1 - points, points);
        var wanted = gaps.abs().unsqueeze(1);
        var length = norm switch
        {
            Norm.Linf => Level(weight, direction.abs(), room, wanted),
            Norm.L2 => Level(weight, weight, room, wanted),
            Norm.L1 => OneByOne(weight, room, wanted),
            _ => throw new InvalidOperationException($"Found the norm {norm}, expected linf, l2 or l1."),
        };
        return (direction * length).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The coordinates one after the other, the greatest weight first, each as far as it can go until the gain is the
    /// wanted one.
    /// </summary>
    private static Tensor OneByOne(Tensor weight, Tensor room, Tensor wanted)
    {
        using var scope = NewDisposeScope();
        var (sorted, order) = weight.sort(1, descending: true);
        var most = room.gather(1, order);
        var gains = sorted * most;
        var before = gains.cumsum(1) - gains;
        var moves = minimum(((wanted - before) / sorted.clamp_(min: Tiny)).clamp_(min: 0), most).mul_(sorted > 0);
        return zeros_like(room).scatter(1, order, moves).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// min(λ·unit, room) with the smallest λ whose gain, weight · min(λ·unit, room), is the wanted one. The gain is
    /// concave and piecewise linear in λ, so that Newton's method from below is exact after as many steps as it passes
    /// pieces. A row that has arrived keeps its λ to the last bit, whatever the others do.
    /// </summary>
    private static Tensor Level(Tensor weight, Tensor unit, Tensor room, Tensor wanted)
    {
        using var scope = NewDisposeScope();
        var slopes = weight * unit;
        var gains = weight * room;
        var level = wanted / slopes.sum(1, keepdim: true).clamp_(min: Tiny);
        while (true)
        {
            using var step = NewDisposeScope();
            var full = room <= level * unit;
            var slope = slopes.masked_fill(full, 0).sum(1, keepdim: true);
            var gained = (gains * full).sum(1, keepdim: true);
            var next = where(slope > 0, (wanted - gained) / slope, level);
            var rises = next > level;
            if (!rises.any().item<bool>())
                break;
            level.copy_(where(rises, next, level));
        }
        return minimum(level * unit, room).MoveToOuterDisposeScope();
    }
}
