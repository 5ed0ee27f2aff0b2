using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Robustness.Models;

/// <summary>
/// Stochastic depth (Huang et al. 2016, arXiv:1603.09382): in training each row of a batch is zero with some
/// probability, and else divided by the probability that it is not. In evaluation, or with probability 0, the input is
/// returned as it is.
/// </summary>
public sealed class DropPath : Module
{
    private readonly double rate;
    private RandomSource? random;
    private long rows;

    /// <summary>Makes the layer, which has no parameters.</summary>
    /// <param name="rate">The probability that a row is zero, from 0 to 1.</param>
    public DropPath(double rate) : base(nameof(DropPath)) => this.rate = Require.Between(0, 1, rate);

    /// <summary>
    /// Sets the source of random numbers for the next forward passes in training, which otherwise take them from
    /// torch's global generator. A pass of more rows draws for so many of them at a time.
    /// </summary>
    /// <param name="random">
    /// For the rows of a batch, or of a process's share of it: how they are divided does not change which are dropped.
    /// </param>
    /// <param name="rows">How many rows these are, at least 1.</param>
    public void DrawFrom(RandomSource random, long rows) =>
        (this.random, this.rows) = (random, Require.AtLeast(1, rows));

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (!training || rate == 0)
            return input;
        using var scope = NewDisposeScope();
        var kept = Uniform(input).ge(rate).to(input.dtype).mul_(rate < 1 ? 1 / (1 - rate) : 0);
        return (input * kept).MoveToOuterDisposeScope();
    }

    /// <summary>Float32 [N, 1, …], on the input's device.</summary>
    private Tensor Uniform(Tensor input)
    {
        var count = input.shape[0];
        if (random is null)
            return rand(Shape(count), device: input.device);
        var parts = new List<Tensor>();
        for (var first = 0L; first < count; first += rows)
            parts.Add(random.Uniform(empty(Shape(Math.Min(rows, count - first)), device: input.device)));
        return cat([.. parts], 0);

        long[] Shape(long length) => [length, .. Enumerable.Repeat(1L, (int)input.dim() - 1)];
    }
}
