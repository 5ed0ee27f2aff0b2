using Trainer.Engine.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>One final evaluation.</summary>
/// <param name="Line">Its metrics.</param>
/// <param name="Threat">The admissible perturbations.</param>
/// <param name="Result">Every example and every attack.</param>
public sealed record FinalResult(FinalMetrics Line, ThreatModel Threat, EvaluationResult Result)
{
    /// <summary>
    /// How robust the network is under several threat models at once: of the images that every evaluation looked at,
    /// those that each of them left correct.
    /// </summary>
    /// <param name="results">Of one network.</param>
    /// <returns>Null where all results with an attack are of one norm, or have no image in common.</returns>
    public static FinalMetrics? Union(IEnumerable<FinalResult> results)
    {
        var attacked = results.Where(one => one.Line.Test.Robust is not null).ToList();
        var threats = attacked.Select(one => one.Threat).Distinct().ToList();
        if (threats.DistinctBy(threat => threat.Norm).Count() < 2)
            return null;
        var union = EvaluationResult.Union([.. attacked.Select(one => one.Result)]);
        return union.Examples.Count == 0 ? null
            : attacked[0].Line with
            {
                Test = AccuracyReport.Of(union),
                Threat = FinalMetrics.Of(threats),
                Attacks = null,
            };
    }
}
