using Trainer.Engine.Metrics;

namespace Trainer.Engine.Evaluation;

/// <summary>Makes the metrics of a metric line from the results of single examples.</summary>
public static class AccuracyReport
{
    /// <summary>
    /// Counts, accuracies, and the interval of the robust accuracy; of clean accuracy alone where there was no attack.
    /// </summary>
    public static AccuracyMetrics Of(EvaluationResult result)
    {
        var examples = result.Examples.Count;
        var majority = (double?)result.Examples.CountBy(example => example.Label)
            .Max(count => (int?)count.Value) / examples;
        var clean = new AccuracyMetrics(examples, result.CleanAccuracy.Value, null, null) { Majority = majority };
        if (result.Attack.Length == 0)
            return clean;
        var (low, high) = result.RobustAccuracy.Interval;
        return clean with { Robust = result.RobustAccuracy.Value, Attack = result.Attack, Interval = [low, high] };
    }
}
