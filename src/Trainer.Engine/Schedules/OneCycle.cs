using Trainer.Robustness.Components;

namespace Trainer.Engine.Schedules;

/// <summary>
/// One rise to the full learning rate and one fall to almost nothing, both along half a cosine (Smith and Topin 2018,
/// arXiv:1708.07120), with the numbers of PyTorch's <c>OneCycleLR</c>; the momentum stays as it is.
/// </summary>
/// <param name="Rise">The share of all steps that the rise takes.</param>
/// <param name="InitialDivisor">The full learning rate over the first one.</param>
/// <param name="FinalDivisor">The first learning rate over the last one.</param>
[Component("one-cycle")]
public sealed record OneCycle(double Rise = 0.3, double InitialDivisor = 25, double FinalDivisor = 1e4) : ISchedule
{
    /// <summary>The share of all steps that the rise takes.</summary>
    [Between(0, 1)]
    public double Rise { get; init; } = Require.Between(0, 1, Rise);

    /// <summary>The full learning rate over the first one.</summary>
    [AtLeast(1)]
    public double InitialDivisor { get; init; } = Require.AtLeast(1, InitialDivisor);

    /// <summary>The first learning rate over the last one.</summary>
    [AtLeast(1)]
    public double FinalDivisor { get; init; } = Require.AtLeast(1, FinalDivisor);

    /// <inheritdoc/>
    public bool DependsOnTotal => true;

    /// <inheritdoc/>
    public double Factor(SchedulePosition position)
    {
        var initial = 1 / InitialDivisor;
        var last = position.TotalSteps - 1.0;
        var peak = Rise * position.TotalSteps - 1;
        return position.Step <= peak
            ? Between(initial, 1, peak > 0 ? position.Step / peak : 1)
            : Between(1, initial / FinalDivisor, last > peak ? (position.Step - peak) / (last - peak) : 1);
    }

    private static double Between(double from, double to, double share) => to + (from - to) / 2 * (1 + Math.Cos(Math.PI * share));
}
