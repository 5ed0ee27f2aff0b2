using Trainer.Engine.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>A final measurement with what became of each example.</summary>
/// <param name="Line">Its figures.</param>
/// <param name="Threat">What the adversary was allowed.</param>
/// <param name="Result">Every example and every attack.</param>
/// <param name="Folder">Where ledger and results lie; null for nowhere.</param>
public sealed record MeasuredAttack(FinalMetrics Line, ThreatModel Threat, EvaluationResult Result, string? Folder);
