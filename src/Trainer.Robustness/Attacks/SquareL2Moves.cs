using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// A grid of bumps on the sphere, then a bump in one window that takes the length of a second one (arXiv:1912.00049,
/// algorithm 3).
/// </summary>
/// <param name="epsilon">The radius, in image units.</param>
internal sealed class SquareL2Moves(double epsilon) : ISquareMoves
{
    private const double Tiny = 1e-12;
    private readonly SquareBumps bumps = new(Norm.L2);

    // Two windows, which way the bump lies, a sign for each channel.
    public long Draws(long channels) => 5 + channels;

    public Tensor Start(Tensor images, RandomSource random)
    {
        using var scope = NewDisposeScope();
        return OnSphere(images, bumps.Grid(images, random)).MoveToOuterDisposeScope();
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
        var lengthHere = (change * either).square().sum([2, 3]).unsqueeze(2);
        var spare = (epsilon * epsilon - change.square().sum([1, 2, 3])).clamp_(min: 0).reshape(-1, 1, 1) / channels;

        var places = window.Places(channels);
        var flat = change.flatten(2);
        var old = flat.gather(2, places);
        var fresh = bumps.Of(draws.narrow(1, 4, 1 + channels), side) + old / (Tiny + Length(old));
        fresh = fresh / (Tiny + Length(fresh)) * (spare + lengthHere).sqrt();
        var emptied = (change * (1 - other.InRows * other.InColumns)).flatten(2);
        return OnSphere(images, emptied.scatter(2, places, fresh).reshape(count, channels, height, width)).MoveToOuterDisposeScope();
    }

    private Tensor OnSphere(Tensor images, Tensor change) =>
        (images + change / (change.square().sum([1, 2, 3], keepdim: true).sqrt() + Tiny) * epsilon).clamp_(0, 1);

    private static Tensor Length(Tensor windows) => windows.square().sum(2, keepdim: true).sqrt();
}
