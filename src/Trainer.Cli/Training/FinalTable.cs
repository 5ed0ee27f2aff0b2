using System.Globalization;
using Spectre.Console;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Robustness.Threats;

namespace Trainer.Cli.Training;

/// <summary>The table at a run's end: the results of the best and the last checkpoint.</summary>
internal static class FinalTable
{
    private const string None =
        "no final evaluation: evaluate.final is empty; trainer evaluate RUN --attack NAME makes one";

    /// <summary>
    /// Writes the table, or that no measurement is asked for; nothing where those that are asked for were not made.
    /// </summary>
    /// <param name="screen">Where to.</param>
    /// <param name="lines">The measurements.</param>
    /// <param name="plan">What was asked for, and the threat model of lines that were written without one.</param>
    public static void Write(IAnsiConsole screen, IReadOnlyCollection<FinalMetrics> lines, EvaluationPlan plan)
    {
        if (lines.Count > 0)
            screen.Write(Of(lines, plan.Threat));
        else if (plan.Evaluate.Final.Count == 0)
            screen.WriteLine(None);
    }

    private static Table Of(IEnumerable<FinalMetrics> lines, ThreatModel threat)
    {
        var table = Screen.Table(
            "checkpoint", "attack", "threat model", "images", "clean %", "robust %", "95 % interval", "clean % of all");
        foreach (var line in lines)
            table.AddRow(
                line.Checkpoint,
                Markup.Escape(line.Test.Attack is { } attack ? AttackLabel.Of(attack, line.Attacks) : ""),
                line.Threat ?? $"{threat}",
                line.Test.Examples.ToString("N0", CultureInfo.InvariantCulture)
                    + (line.Subset is null ? "" : $" ({line.Subset})"),
                Percent(line.Test.Clean),
                Percent(line.Test.Robust),
                line.Test.Interval is [var low, var high] ? Interval(low, high) : "",
                Percent(line.AllTest?.Clean));
        return table;
    }

    /// <summary>A share in per cent with one place; empty where there is none.</summary>
    public static string Percent(double? share) =>
        share is { } value ? (100 * value).ToString("F1", CultureInfo.InvariantCulture) : "";

    /// <summary>An interval of a share in per cent: "73.8 to 79.0".</summary>
    public static string Interval(double low, double high) => $"{Percent(low)} to {Percent(high)}";
}
