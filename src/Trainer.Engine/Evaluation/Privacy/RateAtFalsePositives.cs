using Trainer.Engine.Metrics;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>A true-positive rate at a low false-positive rate.</summary>
/// <param name="Most">The largest false-positive rate allowed.</param>
/// <param name="FalsePositives">The non-members that are taken for members there.</param>
/// <param name="Rate">
/// The share of the members that are found, with an interval of at least 95 % that allows for both samples.
/// </param>
public sealed record RateAtFalsePositives(double Most, long FalsePositives, ShareMetrics Rate);
