using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Metrics;

/// <summary>A share of examples.</summary>
/// <param name="Examples">How many there are.</param>
/// <param name="Value">The share, 0 to 1.</param>
/// <param name="Interval">Ends of its 95 % interval (Wilson, where nothing else is said).</param>
public sealed record ShareMetrics(int Examples, double Value, IReadOnlyList<double> Interval)
{
    /// <summary>The share of counted examples; null of none.</summary>
    public static ShareMetrics? Of(Accuracy share) => share.Examples == 0 ? null
        : new((int)share.Examples, share.Value, [share.Interval.Low, share.Interval.High]);
}
