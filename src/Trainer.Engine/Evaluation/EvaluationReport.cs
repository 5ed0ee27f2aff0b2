using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Engine.Storage;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>
/// Writes the results of an evaluation for other programs: results.json, RobustBench's fields among them, and
/// stages.csv.
/// </summary>
internal static class EvaluationReport
{
    internal static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>
    /// Writes both files into the evaluation's folder; leaves those of the same evaluation that computed all of it,
    /// which know what it cost.
    /// </summary>
    /// <param name="folder">The evaluation's.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="identity">What it was.</param>
    /// <param name="plan">Network and data.</param>
    /// <param name="threat">The admissible perturbations.</param>
    public static void Write(
        string folder, EvaluationResult result, LedgerIdentity identity, EvaluationPlan plan, ThreatModel threat)
    {
        if (File.Exists(Path.Combine(folder, "results.json"))
            && result.Stages.All(stage => stage.Attacked == 0 || stage.Seconds is null))
            return;
        var ((low, high), (cleanLow, cleanHigh)) = (result.RobustAccuracy.Interval, result.CleanAccuracy.Interval);
        var results = new
        {
            attack = result.Attack,
            examples = result.Examples.Count,
            cleanAccuracy = result.CleanAccuracy.Value,
            robustAccuracy = result.RobustAccuracy.Value,
            interval95 = new[] { low, high },
            cleanInterval95 = new[] { cleanLow, cleanHigh },
            ties = result.Examples.Count(example => example.Tie),
            caution = result.Caution,
            stages = result.Stages,
            // The names that RobustBench's model cards use; in per cent there.
            dataset = NameOf(plan.Data),
            architecture = NameOf(plan.Model),
            norm = RecipeValue.Word(threat.Norm),
            eps = threat.Epsilon,
            clean_acc = Percent(result.CleanAccuracy.Value),
            autoattack_acc = result.Attack == "autoattack" ? Percent(result.RobustAccuracy.Value) : (double?)null,
            identity,
        };
        string[] lines =
        [
            "attack,attacked,robust,accuracy,low,high,forward,backward,seconds,norm,epsilon",
            .. result.Stages.Select(stage => string.Create(
                CultureInfo.InvariantCulture,
                $"{stage.Attack},{stage.Attacked},{stage.Robust},{Share(stage).Value:R},"
                + $"{Share(stage).Interval.Low:R},{Share(stage).Interval.High:R},{stage.Forward},{stage.Backward},"
                + $"{stage.Seconds:F1},{RecipeValue.Word(threat.Norm)},{threat.Epsilon:R}")),
        ];
        // The file that marks the evaluation as finished comes last.
        AtomicFile.WriteResult(Path.Combine(folder, "stages.csv"), string.Join('\n', lines) + "\n");
        AtomicFile.WriteResult(
            Path.Combine(folder, "results.json"), JsonSerializer.Serialize(results, Indented) + "\n");

        Accuracy Share(EvaluationStage stage) => new(stage.Robust, result.Examples.Count);
    }

    /// <summary>What recipes call a component.</summary>
    private static string NameOf(object component) =>
        component.GetType().GetCustomAttribute<ComponentAttribute>()?.Type ?? component.GetType().Name;

    private static double Percent(double share) => Math.Round(100 * share, 2);
}
