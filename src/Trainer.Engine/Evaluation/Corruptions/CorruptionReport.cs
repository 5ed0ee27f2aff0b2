using Trainer.Engine.Metrics;

namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Accuracy under the common corruptions.</summary>
/// <param name="Weights">The hash of the weights.</param>
/// <param name="Clean">Of the same images as they are.</param>
/// <param name="Results">Of every corruption and severity.</param>
/// <param name="Data">The test images' fingerprint; null in reports of earlier versions.</param>
/// <param name="Seed">The seed of the random corruptions; null in reports of earlier versions.</param>
public sealed record CorruptionReport(
    string Weights, ShareMetrics Clean, IReadOnlyList<CorruptionResult> Results, string? Data = null, long? Seed = null)
{
    /// <summary>The number of severities.</summary>
    public const int Severities = CommonCorruptions.Severities;

    /// <summary>The mean over corruptions and severities, from 0 to 1.</summary>
    public double Mean => Results.Average(result => result.Accuracy.Value);

    /// <summary>The results of each corruption, by severity.</summary>
    public IEnumerable<IGrouping<string, CorruptionResult>> ByCorruption() =>
        Results.GroupBy(result => result.Corruption);
}
