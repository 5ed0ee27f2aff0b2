using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// One rise to the full learning rate and one fall to almost nothing, both along half a cosine (Smith and Topin 2018,
/// arXiv:1708.07120), with the numbers of PyTorch's <c>OneCycleLR</c>; the momentum stays as it is.
/// </summary>
[Component("one-cycle")]
public sealed record OneCycle : ISchedule
{
    /// <summary>The share of all steps that the rise takes.</summary>
    [Between(0, 1), FormerName("rise")]
    public double PctStart { get; init => field = Require.Between(0, 1, value); } = 0.3;

    /// <summary>The full learning rate over the first one.</summary>
    [AtLeast(1), FormerName("initialDivisor")]
    public double DivFactor { get; init => field = Require.AtLeast(1, value); } = 25;

    /// <summary>The first learning rate over the last one.</summary>
    [AtLeast(1), FormerName("finalDivisor")]
    public double FinalDivFactor { get; init => field = Require.AtLeast(1, value); } = 1e4;

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

    private static double Between(double from, double to, double share) =>
        to + (from - to) / 2 * (1 + Math.Cos(Math.PI * share));
}
