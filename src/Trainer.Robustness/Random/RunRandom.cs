namespace Trainer.Robustness.Random;

/// <summary>
/// Where a run's randomness comes from: a function of (seed, purpose, attempt, epoch, step, rank), with no state to
/// save.
/// </summary>
/// <param name="Seed">The recipe's seed.</param>
/// <param name="Rank">Which of several processes this is.</param>
public sealed record RunRandom(long Seed, int Rank = 0)
{
    /// <summary>The key of a purpose at a place of the run.</summary>
    public RandomKey Key(string purpose, int attempt = 0, int epoch = 0, long step = 0) =>
        RandomKey.Of(Seed).With(purpose).With(attempt).With(epoch).With(step).With(Rank);
}
