using System.Globalization;
using Spectre.Console;
using Trainer.Engine.Metrics;

namespace Trainer.Cli.Training;

/// <summary>The table at a run's end: what the best and the last checkpoint are worth.</summary>
internal static class FinalTable
{
    public static Table Of(IEnumerable<FinalMetrics> lines)
    {
        var all = lines.ToList();
        // Said only where there are several, or another than the recipe's.
        string[] threat = all.Exists(line => line.Threat is not null) ? ["threat model"] : [];
        var table = Screen.Table(["checkpoint", "attack", .. threat, "images", "clean %", "robust %", "95 % interval", "clean % of all"]);
        foreach (var line in all)
            table.AddRow([
                line.Checkpoint,
                Markup.Escape(line.Test.Attack ?? ""),
                .. threat.Select(_ => line.Threat ?? "the recipe's"),
                line.Test.Examples.ToString("N0", CultureInfo.InvariantCulture),
                Percent(line.Test.Clean),
                Percent(line.Test.Robust),
                line.Test.Interval is [var low, var high] ? $"{Percent(low)} to {Percent(high)}" : "",
                Percent(line.AllTest?.Clean),
            ]);
        return table;
    }

    /// <summary>A share in per cent with one place; empty where there is none.</summary>
    public static string Percent(double? share) => share is { } value ? (100 * value).ToString("F1", CultureInfo.InvariantCulture) : "";
}
