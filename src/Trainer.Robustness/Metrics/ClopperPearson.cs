using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using Trainer.Robustness.Components;

namespace Trainer.Robustness.Metrics;

/// <summary>
/// The exact one-sided bound of a probability (Clopper and Pearson 1934): the smallest probability of success under
/// which as many successes or more are not rarer than <c>α</c>.
/// </summary>
public static class ClopperPearson
{
    // The quantile is found where the distribution function is right to about 1e-12: far off, relative to it, where
    // the quantile or α is small. A bound that is too large is made smaller in steps of this share.
    private const double Step = 1e-13;

    // Usual counts need fewer than a hundred. Where these do not reach the bound, it is bracketed and bisected.
    private const int EqualSteps = 1000;

    /// <summary>A lower bound, which is above the true probability with probability α at most.</summary>
    /// <param name="successes">How often it happened, from 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">How often it was tried.</param>
    /// <param name="alpha">α, between 0 and 1.</param>
    /// <returns>From 0 to 1, rounded downward.</returns>
    public static double Lower(long successes, long trials, double alpha)
    {
        Require.AtLeast(0, successes);
        Require.AtLeast(successes, trials);
        Require.Between(0, 1, alpha);
        if (successes == 0)
            return 0;
        if (successes == trials)
            return Math.Pow(alpha, 1.0 / trials) * (1 - Step);
        var (a, b) = ((double)successes, (double)(trials - successes + 1));
        var bound = Beta.InvCDF(a, b, alpha);
        for (var steps = 0; steps < EqualSteps && IsTooLarge(bound); steps++)
            bound *= 1 - Step;
        return IsTooLarge(bound) ? Bisect(bound, IsTooLarge) : bound;

        bool IsTooLarge(double probability) => SpecialFunctions.BetaRegularized(a, b, probability) > alpha;
    }

    /// <summary>The largest number that is not too large, to a relative error of <see cref="Step"/>.</summary>
    private static double Bisect(double high, Predicate<double> isTooLarge)
    {
        var (low, step) = (high, Step);
        while (isTooLarge(low))
        {
            (low, high) = (low * (1 - step), low);
            step = Math.Min(2 * step, 0.5);
        }
        while (high - low > Step * high)
        {
            var middle = (low + high) / 2;
            if (isTooLarge(middle))
                high = middle;
            else
                low = middle;
        }
        return low;
    }
}
