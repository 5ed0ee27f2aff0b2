using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Evaluation;
using Trainer.Recipes;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Cli.Evaluation;

/// <summary>An evaluation attack by attack: what was robust after each, and what it cost.</summary>
internal static class StageTable
{
    public static Table Of(EvaluationResult result, ThreatModel threat)
    {
        var table = Screen.Table(
            "attack", "threat model", "attacked", "robust", "accuracy %", "95 % interval", "forward passes",
            "backward passes", "seconds");
        foreach (var stage in result.Stages)
        {
            var accuracy = new Accuracy(stage.Robust, result.Examples.Count);
            var (low, high) = accuracy.Interval;
            table.AddRow(
                Markup.Escape(stage.Attack)
                    + (stage.Targets is { } targets ? $", {Quantity.Of(targets, "target")}" : ""),
                stage.Attack == EvaluationStage.Clean ? "" : $"{threat}",
                Number(stage.Attacked),
                Number(stage.Robust),
                FinalTable.Percent(accuracy.Value),
                FinalTable.Interval(low, high),
                Number(stage.Forward),
                Number(stage.Backward),
                stage.Seconds?.ToString("F1", CultureInfo.InvariantCulture) ?? "from the ledger");
        }
        return table;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
