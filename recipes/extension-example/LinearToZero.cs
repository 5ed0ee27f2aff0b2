using Trainer.Engine.Optimization;
using Trainer.Robustness.Components;

namespace Stripes;

/// <summary>The learning rate falls evenly from the full one to zero.</summary>
[Component("linear-to-zero")]
public sealed record LinearToZero : ISchedule
{
    /// <inheritdoc/>
    public bool DependsOnTotal => true;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position) => 1 - ((double)position.Step / position.TotalSteps);
}
