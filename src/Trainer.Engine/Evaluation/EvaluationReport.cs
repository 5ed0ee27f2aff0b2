using System.Globalization;
using System.Text.Json;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Evaluation;

/// <summary>Writes the results of an evaluation for other programs: results.json, RobustBench's fields among them, and stages.csv.</summary>
internal static class EvaluationReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes both files into the evaluation's folder.</summary>
    public static void Write(string folder, EvaluationResult result, LedgerIdentity identity)
    {
        var (low, high) = result.RobustAccuracy.Interval;
        var results = new
        {
            attack = result.Attack,
            examples = result.Examples.Count,
            cleanAccuracy = result.CleanAccuracy.Value,
            robustAccuracy = result.RobustAccuracy.Value,
            interval95 = new[] { low, high },
            ties = result.Examples.Count(example => example.Tie),
            stages = result.Stages,
            // The names that RobustBench's model cards use; in per cent there.
            clean_acc = Percent(result.CleanAccuracy.Value),
            autoattack_acc = result.Attack == "autoattack" ? Percent(result.RobustAccuracy.Value) : (double?)null,
            identity,
        };
        File.WriteAllText(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(results, Options) + "\n");
        File.WriteAllLines(Path.Combine(folder, "stages.csv"),
        [
            "attack,attacked,standing,accuracy,low,high,forward,backward,seconds",
            .. result.Stages.Select(stage => string.Create(CultureInfo.InvariantCulture,
                $"{stage.Attack},{stage.Attacked},{stage.Standing},{Share(stage).Value:R},{Share(stage).Interval.Low:R},{Share(stage).Interval.High:R},{stage.Forward},{stage.Backward},{stage.Seconds:F1}")),
        ]);

        Accuracy Share(EvaluationStage stage) => new(stage.Standing, result.Examples.Count);
    }

    private static double Percent(double share) => Math.Round(100 * share, 2);
}
