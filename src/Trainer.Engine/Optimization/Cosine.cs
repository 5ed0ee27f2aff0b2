using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// Half a cosine from the full learning rate towards zero (Loshchilov and Hutter 2017, arXiv:1608.03983, without
/// restarts), step by step.
/// </summary>
[Component("cosine")]
public sealed record Cosine : WarmupSchedule
{
    /// <inheritdoc/>
    public override bool DependsOnTotal => true;

    private protected override double FactorAfter(double warmup, SchedulePosition position) =>
        0.5 * (1 + Math.Cos(Math.PI * (position.Step - warmup) / (position.TotalSteps - warmup)));
}
