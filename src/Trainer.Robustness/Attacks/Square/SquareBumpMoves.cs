using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// For L2 and L1: a grid of bumps, then a bump in one window that takes the length of a second one (arXiv:1912.00049,
/// algorithm 3; for L1 arXiv:2103.01208, section 5). In L2 the changes are on the sphere, clamped to the box; in L1
/// they are projected exactly on ball and box.
/// </summary>
/// <param name="norm">L2 or L1.</param>
/// <param name="epsilon">The radius, in image units.</param>
internal sealed class SquareBumpMoves(Norm norm, double epsilon) : ISquareMoves
{
    private const double Tiny = 1e-12;
    private readonly SquareBumps bumps = new(norm);

    // Two windows, the bump's direction, a sign for each channel.
    public long Draws(long channels) => 5 + channels;

    public Tensor Start(Tensor images, RandomSource random)
    {
        using var scope = NewDisposeScope();
        return Admissible(images, bumps.Grid(images, random)).MoveToOuterDisposeScope();
    }

    public Tensor Propose(Tensor images, Tensor best, Tensor draws, double share)
    {
        using var scope = NewDisposeScope();
        var (count, channels, height, width) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3]);
        var side = SquareBumps.Side(share, height, width);
        var window = new SquareWindow(draws.narrow(1, 0, 2), side, height, width);
        var other = new SquareWindow(draws.narrow(1, 2, 2), side, height, width);
        var change = best - images;
        var either = maximum(window.InRows * window.InColumns, other.InRows * other.InColumns);
        var powerHere = Power(change * either).sum([2, 3]).unsqueeze(2);
        var whole = norm == Norm.L2 ? epsilon * epsilon : epsilon;
        var spare = (whole - Power(change).sum([1, 2, 3])).clamp_(min: 0).reshape(-1, 1, 1) / channels;

        var places = window.Places(channels);
        var old = change.flatten(2).gather(2, places);
        var fresh = bumps.Of(draws.narrow(1, 4, 1 + channels), side) + old / (Tiny + Length(old));
        fresh = fresh / (Tiny + Length(fresh)) * Longest(spare + powerHere, channels);
        var emptied = (change * (1 - other.InRows * other.InColumns)).flatten(2);
        return Admissible(images, emptied.scatter(2, places, fresh).reshape(count, channels, height, width))
            .MoveToOuterDisposeScope();
    }

    private Tensor Admissible(Tensor images, Tensor change) => norm == Norm.L2
        ? (images + change / (change.square().sum([1, 2, 3], keepdim: true).sqrt() + Tiny) * epsilon).clamp_(0, 1)
        : L1Projection.OnBallAndBox(images, change, epsilon);

    private Tensor Power(Tensor values) => norm == Norm.L2 ? values.square() : values.abs();

    private Tensor Length(Tensor windows)
    {
        var power = Power(windows).sum(2, keepdim: true);
        return norm == Norm.L2 ? power.sqrt() : power;
    }

    // In L1 longer than there is room for in all channels together: the projection makes the result sparser.
    private Tensor Longest(Tensor room, long channels) => norm == Norm.L2 ? room.sqrt() : room * channels;
}
