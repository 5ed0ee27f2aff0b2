using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>A straight line from the full learning rate towards zero, step by step.</summary>
[Component("linear")]
public sealed record Linear : ISchedule
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
        return 1 - (position.Step - warmup) / (position.TotalSteps - warmup);
    }
}
