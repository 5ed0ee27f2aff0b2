using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// A grid of bumps, then a bump in one window that takes the length of a second one, each projected exactly on ball and box
/// (Croce and Hein 2021, arXiv:2103.01208, section 5).
/// </summary>
/// <param name="epsilon">The radius, in image units.</param>
internal sealed class SquareL1Moves(double epsilon) : ISquareMoves
{
    private const double Tiny = 1e-12;
    private readonly SquareBumps bumps = new(Norm.L1);

    // Two windows, which way the bump lies, a sign for each channel.
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
        var lengthHere = (change * either).abs().sum([2, 3]).unsqueeze(2);
        var spare = (epsilon - change.abs().sum([1, 2, 3])).clamp_(min: 0).reshape(-1, 1, 1) / channels;

        var places = window.Places(channels);
        var flat = change.flatten(2);
        var old = flat.gather(2, places);
        var fresh = bumps.Of(draws.narrow(1, 4, 1 + channels), side) + old / (Tiny + Length(old));
        // Longer than there is room for in all channels together: the projection makes the result sparser.
        fresh = fresh / (Tiny + Length(fresh)) * (spare + lengthHere) * channels;
        var emptied = (change * (1 - other.InRows * other.InColumns)).flatten(2);
        return Admissible(images, emptied.scatter(2, places, fresh).reshape(count, channels, height, width)).MoveToOuterDisposeScope();
    }

    private Tensor Admissible(Tensor images, Tensor change) => L1Projection.OnBallAndBox(images, change, epsilon);

    private static Tensor Length(Tensor windows) => windows.abs().sum(2, keepdim: true);
}
