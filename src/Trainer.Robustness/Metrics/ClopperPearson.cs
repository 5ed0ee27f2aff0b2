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
    // The quantile is found to about 1e-12; a bound that is too large by that is made smaller in steps of this share.
    private const double Step = 1e-13;

    /// <summary>A lower bound, which is above the true probability with probability α at most.</summary>
    /// <param name="successes">How often it happened, from 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">How often it was tried.</param>
    /// <param name="alpha">α, between 0 and 1.</param>
    /// <returns>From 0 to 1, rounded downward.</returns>
    public static double Lower(long successes, long trials, double alpha)
    {
        Require.AtLeast(0, successes);
        Require.AtLeast(successes, trials);
        if (successes == 0)
            return 0;
        if (successes == trials)
            return Math.Pow(alpha, 1.0 / trials) * (1 - Step);
        var (a, b) = ((double)successes, (double)(trials - successes + 1));
        var bound = Beta.InvCDF(a, b, alpha);
        while (SpecialFunctions.BetaRegularized(a, b, bound) > alpha)
            bound *= 1 - Step;
        return bound;
    }
}
