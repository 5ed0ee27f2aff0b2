using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>The same learning rate throughout.</summary>
[Component("constant")]
public sealed record Constant : WarmupSchedule
{
    /// <inheritdoc/>
    public override bool DependsOnTotal => false;

    private protected override double FactorAfter(double warmup, SchedulePosition position) => 1;
}
