using System.Globalization;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>A schedule that can begin with a linear warm-up from nothing to the full learning rate.</summary>
public abstract record WarmupSchedule : ISchedule
{
    /// <summary>The length of a linear warm-up, in epochs.</summary>
    [AtLeast(0)] public double WarmupEpochs { get; init => field = Require.AtLeast(0, value); }

    /// <inheritdoc/>
    public abstract bool DependsOnTotal { get; }

    /// <inheritdoc/>
    public virtual string? Caution(long epochs) => WarmupEpochs <= epochs ? null : string.Create(
        CultureInfo.InvariantCulture, $"schedule: the learning rate rises over {WarmupEpochs} epochs, and the run has "
        + $"{epochs}. Set warmupEpochs to less, or train longer.");

    /// <inheritdoc/>
    public double Factor(SchedulePosition position)
    {
        var warmup = WarmupEpochs * position.StepsPerEpoch;
        return position.Step < warmup ? Math.Min(1, (position.Step + 1) / warmup) : FactorAfter(warmup, position);
    }

    /// <summary>What the learning rate is multiplied by after the warm-up.</summary>
    /// <param name="warmup">The length of the warm-up, in steps.</param>
    /// <param name="position">Which step of how many.</param>
    private protected abstract double FactorAfter(double warmup, SchedulePosition position);
}
