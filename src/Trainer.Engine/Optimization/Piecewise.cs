using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>The learning rate times a factor at each milestone (Rice et al. 2020, arXiv:2002.11569: 100 and 150 of 200 epochs, 0.1).</summary>
/// <param name="Milestones">Epochs, counted from 0, from whose first step the next factor holds; ascending.</param>
/// <param name="Gamma">What each milestone multiplies the learning rate by.</param>
/// <param name="WarmupEpochs">The length of a linear warm-up before.</param>
[Component("piecewise")]
public sealed record Piecewise(IReadOnlyList<double> Milestones, double Gamma = 0.1, double WarmupEpochs = 0) : ISchedule
{
    /// <summary>Epochs, ascending.</summary>
    public IReadOnlyList<double> Milestones { get; init; } = Milestones.SequenceEqual(Milestones.Order())
        ? Milestones : throw new ArgumentException($"Found the milestones {string.Join(", ", Milestones)}, expected ascending epochs.", nameof(Milestones));

    /// <summary>What each milestone multiplies the learning rate by.</summary>
    [Positive]
    [FormerName("multiplier")]
    public double Gamma { get; init; } = Require.Positive(Gamma);

    /// <summary>The length of a linear warm-up, in epochs.</summary>
    [AtLeast(0)]
    public double WarmupEpochs { get; init; } = Require.AtLeast(0, WarmupEpochs);

    /// <inheritdoc/>
    public bool DependsOnTotal => false;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position) => Warmup.Factor(WarmupEpochs, position)
        ?? Math.Pow(Gamma, Milestones.Count(epoch => position.Step >= epoch * position.StepsPerEpoch));
}
