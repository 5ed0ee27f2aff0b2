using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// Half a cosine from the full learning rate towards zero (Loshchilov and Hutter 2017, arXiv:1608.03983, without
/// restarts), step by step.
/// </summary>
[Component("cosine")]
public sealed record Cosine : ISchedule
{
    /// <summary>The length of a linear warm-up, in epochs.</summary>
    [AtLeast(0)] public double WarmupEpochs { get; init => field = Require.AtLeast(0, value); }

    /// <inheritdoc/>
    public bool DependsOnTotal => true;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position)
    {
        if (Warmup.Factor(WarmupEpochs, position) is { } factor)
            return factor;
        var warmup = WarmupEpochs * position.StepsPerEpoch;
        return 0.5 * (1 + Math.Cos(Math.PI * (position.Step - warmup) / (position.TotalSteps - warmup)));
    }
}
