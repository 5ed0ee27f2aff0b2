using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>The same learning rate throughout.</summary>
[Component("constant")]
public sealed record Constant : ISchedule
{
    /// <summary>The length of a linear warm-up, in epochs.</summary>
    [AtLeast(0)] public double WarmupEpochs { get; init => field = Require.AtLeast(0, value); }

    /// <inheritdoc/>
    public bool DependsOnTotal => false;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position) => Warmup.Factor(WarmupEpochs, position) ?? 1;
}
