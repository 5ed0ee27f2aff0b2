using Trainer.Robustness.Components;

namespace Trainer.Engine.Schedules;

/// <summary>The same learning rate throughout.</summary>
[Component("constant")]
public sealed record Constant : ISchedule
{
    /// <inheritdoc/>
    public bool DependsOnTotal => false;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position) => 1;
}
