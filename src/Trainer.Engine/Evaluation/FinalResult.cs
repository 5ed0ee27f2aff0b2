using Trainer.Engine.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>One final evaluation.</summary>
/// <param name="Line">Its metrics.</param>
/// <param name="Threat">The admissible perturbations.</param>
/// <param name="Result">Every example and every attack.</param>
public sealed record FinalResult(FinalMetrics Line, ThreatModel Threat, EvaluationResult Result);
