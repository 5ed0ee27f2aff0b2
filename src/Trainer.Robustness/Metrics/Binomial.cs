namespace Trainer.Robustness.Metrics;

/// <summary>The binomial distribution, summed term by term: for exact tests at a stated level.</summary>
/// <param name="Trials">The number of independent trials n.</param>
/// <param name="Probability">The probability p of each to succeed, from 0 to 1.</param>
public readonly record struct Binomial(long Trials, double Probability)
{
    /// <summary>
    /// The p-value of the exact two-sided test that two outcomes are equally probable: how probable counts at least as
    /// uneven are if they are. 1 where neither happened.
    /// </summary>
    /// <param name="first">How often the first outcome happened.</param>
    /// <param name="second">How often the second did.</param>
    public static double TwoSidedEqual(long first, long second) =>
        Math.Min(1, 2 * new Binomial(first + second, 0.5).AtMost(Math.Min(first, second)));

    /// <summary>The probability of at most so many successes.</summary>
    public double AtMost(long successes) =>
        Math.Min(1, Terms().TakeWhile(term => term.Successes <= successes).Sum(term => term.Probability));

    /// <summary>
    /// The largest number of successes that a one-sided test rejects as too small: it and all smaller ones together
    /// have at most the probability <paramref name="level"/>. −1 where the test rejects none.
    /// </summary>
    /// <param name="level">The level of the test, from 0 to 1.</param>
    public long LargestRejected(double level)
    {
        var sum = 0.0;
        return Terms().TakeWhile(term => (sum += term.Probability) <= level)
            .Select(term => term.Successes).LastOrDefault(-1);
    }

    /// <summary>C(n, k) p^k (1 − p)^(n − k) for k from 0 to n; its logarithm does not underflow.</summary>
    private IEnumerable<(long Successes, double Probability)> Terms()
    {
        var (trials, odds) = (Trials, Probability / (1 - Probability));
        var logarithm = trials * Math.Log(1 - Probability);
        for (var k = 0L; k <= trials; k++)
        {
            yield return (k, double.IsInfinity(odds) ? k == trials ? 1 : 0 : Math.Exp(logarithm));
            logarithm += Math.Log((double)(trials - k) / (k + 1) * odds);
        }
    }
}
