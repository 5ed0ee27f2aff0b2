using Trainer.Engine.Metrics;

namespace Trainer.Engine.Evaluation;

/// <summary>Makes the figures of a metric line from the results of single examples.</summary>
public static class AccuracyReport
{
    /// <summary>Counts, accuracies, and the interval of the robust accuracy; of clean accuracy alone where there was no attack.</summary>
    public static AccuracyMetrics Of(EvaluationResult result)
    {
        var examples = result.Clean.Count;
        if (result.Attack.Length == 0)
            return new(examples, result.CleanAccuracy.Value, null, null);
        var (low, high) = result.RobustAccuracy.Interval;
        return new(examples, result.CleanAccuracy.Value, result.RobustAccuracy.Value, result.Attack, [low, high]);
    }
}
