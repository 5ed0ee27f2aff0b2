namespace Trainer.Engine.Metrics;

/// <summary>The final evaluation of one checkpoint.</summary>
/// <param name="Checkpoint"><c>best</c> or <c>last</c>.</param>
/// <param name="Test">On the test set.</param>
public sealed record FinalMetrics(string Checkpoint, AccuracyMetrics Test) : MetricLine;
