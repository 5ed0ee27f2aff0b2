using System.Text.Json.Serialization;

namespace Trainer.Engine.Metrics;

/// <summary>Metrics of one epoch.</summary>
/// <param name="Epoch">Epochs done, from 1.</param>
/// <param name="Step">Global steps done.</param>
/// <param name="Seconds">
/// Wall-clock time of the epoch's training and evaluation since its beginning, or since it was resumed.
/// </param>
/// <param name="Train">Training metrics by name.</param>
/// <param name="Validation">On the held-out examples; null where they were not evaluated.</param>
public sealed record EpochMetrics(
    int Epoch,
    long Step,
    double Seconds,
    IReadOnlyDictionary<string, double?> Train,
    AccuracyMetrics? Validation) : MetricLine
{
    /// <summary>The training images that are isolated for the objective; left out where null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IsolationMetrics? Isolation { get; init; }
}
