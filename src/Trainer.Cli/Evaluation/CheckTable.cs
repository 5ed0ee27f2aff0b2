using System.Globalization;
using Spectre.Console;
using Trainer.Engine.Evaluation.Checks;

namespace Trainer.Cli.Evaluation;

/// <summary>The masking checks as people read them.</summary>
internal static class CheckTable
{
    /// <summary>Every check, and below the table what the flagged ones mean.</summary>
    public static void Write(IAnsiConsole screen, IReadOnlyList<CheckResult> results)
    {
        var table = Screen.Table("check", "figure", "threshold", "verdict");
        foreach (var result in results)
            table.AddRow(
                result.Name,
                result.Figure?.ToString("G3", CultureInfo.InvariantCulture) ?? "",
                result.Threshold.ToString("G3", CultureInfo.InvariantCulture),
                Verdict(result.Verdict));
        screen.Write(table);
        WriteFlagged(screen, results);
    }

    /// <summary>One line where nothing is flagged; else a line for each flagged check.</summary>
    public static void WriteFlagged(IAnsiConsole screen, IReadOnlyList<CheckResult> results)
    {
        if (results.Count == 0)
            return;
        var flagged = results.Where(result => result.Verdict == CheckVerdict.Flagged).ToList();
        screen.WriteLine(flagged.Count == 0
            ? $"masking checks: none of {results.Count} flagged ({CheckReport.FileName})"
            : $"masking checks: {flagged.Count} of {results.Count} flagged: the robust accuracy may be false");
        foreach (var result in flagged)
            screen.WriteLine($"  {result.Name}: {result.Says} Try: --attack '{result.Recommends}'");
    }

    private static string Verdict(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Passed => "passed",
        CheckVerdict.Flagged => "[bold red]flagged[/]",
        _ => "not applicable",
    };
}
