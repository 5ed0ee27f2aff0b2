using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// Exponential moving average: after each step τ of the average and 1 − τ of the weights, with τ = min(decay, (1 + t) /
/// (10 + t)) for the t steps before, so that the beginning is soon forgotten (Gowal et al. 2020, arXiv:2010.03593). The
/// running statistics of batch norm are copied.
/// </summary>
[Component("ema")]
public sealed record Ema : IAverage
{
    /// <summary>The largest share of the average that stays at a step.</summary>
    [Between(0, 1)] public double Decay { get; init => field = Require.Between(0, 1, value); } = 0.995;

    /// <inheritdoc/>
    public double Share(long step, long stepsPerEpoch)
    {
        var before = step - 1.0;
        return 1 - Math.Min(Decay, (1 + before) / (10 + before));
    }
}
