using System.Globalization;
using Spectre.Console;
using Trainer.Engine.Metrics;

namespace Trainer.Cli.Training;

/// <summary>What a backdoor does to each checkpoint, on all test images.</summary>
internal static class BackdoorTable
{
    private const string None = "–";

    /// <summary>Writes the table, where a measurement has a poison.</summary>
    public static void Write(IAnsiConsole screen, IEnumerable<FinalMetrics> lines)
    {
        var rows = lines.DistinctBy(line => line.Checkpoint)
            .Select(line => (line.Checkpoint, Found: line.AllTest?.Backdoor ?? line.Test.Backdoor))
            .Where(row => row.Found is not null).ToList();
        if (rows.Count == 0)
            return;
        var table = Screen.Table(
            "checkpoint", "poison", "images", "clean %", "95 % interval", "with trigger", "ASR %", "95 % interval",
            "R-Acc %", "95 % interval");
        foreach (var (checkpoint, found) in rows)
            table.AddRow(
                Markup.Escape(checkpoint), found!.Poison, Count(found.Clean), Percent(found.Clean),
                    Interval(found.Clean),
                Count(found.AttackSuccess), Percent(found.AttackSuccess), Interval(found.AttackSuccess),
                Percent(found.Robust), Interval(found.Robust));
        screen.Write(table);
    }

    private static string Count(ShareMetrics? share) =>
        share?.Examples.ToString("N0", CultureInfo.InvariantCulture) ?? None;

    private static string Percent(ShareMetrics? share) => share is null ? None : FinalTable.Percent(share.Value);

    private static string Interval(ShareMetrics? share) => share is null ? None
        : FinalTable.Interval(share.Interval[0], share.Interval[1]);
}
