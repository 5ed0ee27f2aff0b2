using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Robustness.Models;

namespace Trainer.Cli.Evaluation;

/// <summary>Accuracy under the common corruptions.</summary>
internal static class CorruptionTable
{
    /// <summary>Writes a row for each corruption, and below the table the mean of all.</summary>
    /// <param name="screen">Where to write.</param>
    /// <param name="report">The results.</param>
    /// <param name="images">The shape of the images.</param>
    public static void Write(IAnsiConsole screen, CorruptionReport report, ImageShape images)
    {
        var table = Screen.Table(["corruption", .. Enumerable.Range(1, CorruptionReport.Severities)
            .Select(severity => $"severity {severity}"), "mean %"]);
        foreach (var row in report.ByCorruption())
            table.AddRow([row.Key, .. row.Select(result => FinalTable.Percent(result.Accuracy.Value)),
                FinalTable.Percent(row.Average(result => result.Accuracy.Value))]);
        screen.Write(table);
        var clean = report.Clean;
        screen.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"mean over corruptions and severities: {FinalTable.Percent(report.Mean)} % of {clean.Examples:N0} images; "
            + $"{FinalTable.Percent(clean.Value)} % without corruption"));
        screen.WriteLine("constants of the public code for 32×32 images (CIFAR-10-C)"
            + (images is { Height: 32, Width: 32 } ? "" : $", lengths scaled to {images}")
            + "; frost without its photographs");
    }
}
