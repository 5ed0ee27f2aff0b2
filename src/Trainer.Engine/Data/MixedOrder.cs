using Trainer.Robustness.Random;

namespace Trainer.Engine.Data;

/// <summary>
/// Which original and which extra rows come together in each step of an epoch, and in which order: a function of (seed,
/// attempt, epoch, step). Originals come once before one comes again; a batch that they leave short is filled up by
/// extras.
/// </summary>
/// <param name="sampler">The order of the originals, the size of a batch and the share of this process.</param>
/// <param name="extras">How many extra images there are.</param>
/// <param name="fraction">The part of a batch that extras fill.</param>
/// <param name="attempt">Goes up by one with every roll-back.</param>
/// <param name="epoch">The epoch, from 0.</param>
internal sealed class MixedOrder(Sampler sampler, long extras, double fraction, int attempt, long epoch)
{
    private readonly int originalsPerBatch = sampler.BatchSize - (int)(sampler.BatchSize * fraction);
    private (long Pass, long[] Rows) pass = (-1, []);

    /// <summary>The rows of a step, those of this process.</summary>
    /// <param name="step">From 0.</param>
    public MixedRows Rows(long step)
    {
        var key = sampler.Key(attempt, epoch).With("extra").With(step);
        var originals = Originals(step);
        var sources = Permutation.Of(key.With("places"), sampler.BatchSize)
            .Where((_, place) => place % sampler.Share.Size == sampler.Share.Rank).ToArray();
        var (first, second) = (sources.Where(source => source < originals.Length).ToList(),
            sources.Where(source => source >= originals.Length).ToList());
        return new(
            [.. first.Select(source => originals[source])],
            [.. second.Select(source => Draw(key.With(source)))],
            [.. Places(sources, originals.Length, first.Count)]);
    }

    private static IEnumerable<long> Places(long[] sources, int originals, int ownOriginals)
    {
        var (original, extra) = (0L, (long)ownOriginals);
        foreach (var source in sources)
            yield return source < originals ? original++ : extra++;
    }

    private long[] Originals(long step)
    {
        if (originalsPerBatch == 0)
            return [];
        var stepsPerPass = (sampler.Count + originalsPerBatch - 1) / originalsPerBatch;
        var (number, first) = (step / stepsPerPass, step % stepsPerPass * originalsPerBatch);
        if (pass.Pass != number)
            pass = (number, number == 0 ? sampler.Order(attempt, epoch)
                : Permutation.Of(sampler.Key(attempt, epoch).With("pass").With(number), sampler.Count));
        return pass.Rows[(int)first..(int)Math.Min(first + originalsPerBatch, sampler.Count)];
    }

    // The high word of 32 random bits times n is below n, and uniform to n parts in 2³².
    private long Draw(RandomKey key) => (key.Seed * extras) >> 32;
}
