using Trainer.Robustness.Random;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Vertical stripes of ±ε, then windows of ±2ε a channel on top of the best so far (arXiv:1912.00049, algorithm 2).
/// </summary>
/// <param name="epsilon">The radius, in image units.</param>
internal sealed class SquareLinfMoves(double epsilon) : ISquareMoves
{
    public long Draws(long channels) => 2 + channels;

    public Tensor Start(Tensor images, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var stripes = random.Uniform(images.narrow(2, 0, 1));
        return Admissible(images + epsilon * stripes.mul_(2).sub_(1).sign_(), images).MoveToOuterDisposeScope();
    }

    public Tensor Propose(Tensor images, Tensor best, Tensor draws, double share)
    {
        using var scope = NewDisposeScope();
        var (channels, height, width) = (images.shape[1], images.shape[2], images.shape[3]);
        var side = Math.Clamp((long)Math.Round(Math.Sqrt(share * height * width)), 1, Math.Min(height, width));
        var window = new SquareWindow(draws.narrow(1, 0, 2), side, height, width);
        var change = draws.narrow(1, 2, channels).mul(2).sub_(1).sign_().mul_(2 * epsilon).reshape(-1, channels, 1, 1);
        return Admissible(addcmul(best, window.InRows, window.InColumns * change, 1), images).MoveToOuterDisposeScope();
    }

    private Tensor Admissible(Tensor changed, Tensor images) =>
        changed.clamp_(images - epsilon, images + epsilon).clamp_(0, 1);
}
