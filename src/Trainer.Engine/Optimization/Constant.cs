using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>The same learning rate throughout.</summary>
/// <param name="WarmupEpochs">The length of a linear warm-up before.</param>
[Component("constant")]
public sealed record Constant(double WarmupEpochs = 0) : ISchedule
{
    /// <summary>The length of a linear warm-up, in epochs.</summary>
    [AtLeast(0)]
    public double WarmupEpochs { get; init; } = Require.AtLeast(0, WarmupEpochs);

    /// <inheritdoc/>
    public bool DependsOnTotal => false;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position) => Warmup.Factor(WarmupEpochs, position) ?? 1;
}
