using Trainer.Engine.Metrics;

namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>Accuracy under one corruption of one severity.</summary>
/// <param name="Corruption">Its name.</param>
/// <param name="Severity">From 1 to 5.</param>
/// <param name="Accuracy">Of the corrupted images.</param>
public sealed record CorruptionResult(string Corruption, int Severity, ShareMetrics Accuracy);
