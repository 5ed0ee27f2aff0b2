using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>A straight line from the full learning rate towards zero, step by step.</summary>
[Component("linear")]
public sealed record Linear : WarmupSchedule
{
    /// <inheritdoc/>
    public override bool DependsOnTotal => true;

    private protected override double FactorAfter(double warmup, SchedulePosition position) =>
        1 - (position.Step - warmup) / (position.TotalSteps - warmup);
}
