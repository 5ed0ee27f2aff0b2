namespace Trainer.Engine.Metrics;

/// <summary>The training images that an objective has had isolated.</summary>
/// <param name="Images">How many.</param>
/// <param name="LargestLoss">The largest cross-entropy among them when they were isolated.</param>
/// <param name="Precision">The poisoned share of them, noise rows not counted; null where it is not known.</param>
/// <param name="Recall">The share of the poisoned images that is isolated; null where it is not known.</param>
public sealed record IsolationMetrics(long Images, double LargestLoss, double? Precision, double? Recall);
