using System.Globalization;
using Spectre.Console;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Robustness.Threats;

namespace Trainer.Cli.Evaluation;

/// <summary>The masking checks as people read them.</summary>
internal static class CheckTable
{
    /// <summary>Every check, and below the table what the flagged ones mean.</summary>
    /// <param name="screen">Where to write.</param>
    /// <param name="results">The checks.</param>
    /// <param name="threat">What their attacks were allowed.</param>
    /// <param name="isWritten">Whether they are in a file, too.</param>
    public static void Write(
        IAnsiConsole screen, IReadOnlyList<CheckResult> results, ThreatModel threat, bool isWritten)
    {
        screen.WriteLine($"{threat}:");
        var table = Screen.Table("check", "value", "threshold", "verdict");
        foreach (var result in results)
            table.AddRow(
                result.Name,
                result.Value?.ToString("G3", CultureInfo.InvariantCulture) ?? "",
                result.Threshold.ToString("G3", CultureInfo.InvariantCulture),
                Verdict(result.Verdict));
        screen.Write(table);
        WriteFlagged(screen, results, threat, isWritten);
    }

    /// <summary>One line where nothing is flagged; else a line for each flagged check.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteFlagged(
        IAnsiConsole screen, IReadOnlyList<CheckResult> results, ThreatModel threat, bool isWritten = true)
    {
        if (results.Count == 0)
            return;
        var flagged = results.Where(result => result.Verdict == CheckVerdict.Flagged).ToList();
        screen.WriteLine(flagged.Count == 0
            ? $"masking checks in {threat}: none of {results.Count} flagged{(isWritten ? " (checks.json)" : "")}"
            : $"masking checks in {threat}: {flagged.Count} of {results.Count} flagged: "
            + "the robust accuracy may be false");
        foreach (var result in flagged)
            screen.WriteLine($"  {result.Name}: {result.Explanation} Try: --attack '{result.Recommends}'");
    }

    private static string Verdict(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Passed => "passed",
        CheckVerdict.Flagged => "[bold red]flagged[/]",
        _ => "not applicable",
    };
}
