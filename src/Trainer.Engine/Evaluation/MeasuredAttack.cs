using Trainer.Engine.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>A final measurement with what became of each example.</summary>
/// <param name="Line">Its metrics.</param>
/// <param name="Threat">What the adversary was allowed.</param>
/// <param name="Result">Every example and every attack.</param>
/// <param name="Folder">The folder of ledger and results; null for none.</param>
public sealed record MeasuredAttack(FinalMetrics Line, ThreatModel Threat, EvaluationResult Result, string? Folder);
