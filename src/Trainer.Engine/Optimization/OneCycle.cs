using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// One rise to the full learning rate and one fall to almost nothing, both along half a cosine (Smith and Topin 2018,
/// arXiv:1708.07120), with the numbers of PyTorch's <c>OneCycleLR</c>; the momentum stays as it is.
/// </summary>
/// <param name="PctStart">The share of all steps that the rise takes.</param>
/// <param name="DivFactor">The full learning rate over the first one.</param>
/// <param name="FinalDivFactor">The first learning rate over the last one.</param>
[Component("one-cycle")]
public sealed record OneCycle(double PctStart = 0.3, double DivFactor = 25, double FinalDivFactor = 1e4) : ISchedule
{
    /// <summary>The share of all steps that the rise takes.</summary>
    [Between(0, 1)]
    [FormerName("rise")]
    public double PctStart { get; init; } = Require.Between(0, 1, PctStart);

    /// <summary>The full learning rate over the first one.</summary>
    [AtLeast(1)]
    [FormerName("initialDivisor")]
    public double DivFactor { get; init; } = Require.AtLeast(1, DivFactor);

    /// <summary>The first learning rate over the last one.</summary>
    [AtLeast(1)]
    [FormerName("finalDivisor")]
    public double FinalDivFactor { get; init; } = Require.AtLeast(1, FinalDivFactor);

    /// <inheritdoc/>
    public bool DependsOnTotal => true;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position)
    {
        var initial = 1 / DivFactor;
        var last = position.TotalSteps - 1.0;
        var peak = PctStart * position.TotalSteps - 1;
        return position.Step <= peak
            ? Between(initial, 1, peak > 0 ? position.Step / peak : 1)
            : Between(1, initial / FinalDivFactor, last > peak ? (position.Step - peak) / (last - peak) : 1);
    }

    private static double Between(double from, double to, double share) => to + (from - to) / 2 * (1 + Math.Cos(Math.PI * share));
}
