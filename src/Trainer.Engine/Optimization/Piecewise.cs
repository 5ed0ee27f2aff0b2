using System.Globalization;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// The learning rate times a factor at each milestone (Rice et al. 2020, arXiv:2002.11569: 100 and 150 of 200 epochs,
/// 0.1).
/// </summary>
[Component("piecewise")]
public sealed record Piecewise : WarmupSchedule
{
    /// <summary>Epochs, counted from 0, from whose first step the next factor holds; ascending.</summary>
    public required IReadOnlyList<double> Milestones
    {
        get;
        init => field = value.SequenceEqual(value.Order()) ? value
            : throw new ArgumentException(
                $"Found the milestones {string.Join(", ", value)}, expected ascending epochs.", nameof(Milestones));
    }

    /// <summary>What each milestone multiplies the learning rate by.</summary>
    [Positive, FormerName("multiplier")] public double Gamma { get; init => field = Require.Positive(value); } = 0.1;

    /// <inheritdoc/>
    public override bool DependsOnTotal => false;

    /// <inheritdoc/>
    public override string? Caution(long epochs) => base.Caution(epochs)
        ?? (Milestones.Count(epoch => epoch >= epochs) is var late and > 0 ? string.Create(
        CultureInfo.InvariantCulture, $"schedule: {Quantity.Of(late, "milestone")} of {string.Join(", ", Milestones)} "
        + $"{(late == 1 ? "comes" : "come")} after the end of the run, which has {Quantity.Of(epochs, "epoch")}. "
        + $"Set milestones below {epochs}, or train longer.") : null);

    private protected override double FactorAfter(double warmup, SchedulePosition position) =>
        Math.Pow(Gamma, Milestones.Count(epoch => position.Step >= epoch * position.StepsPerEpoch));
}
