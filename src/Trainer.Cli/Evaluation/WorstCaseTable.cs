using Spectre.Console;
using Trainer.Cli.Training;
using Trainer.Reports;
using Trainer.Robustness.Metrics;

namespace Trainer.Cli.Evaluation;

/// <summary>The evaluations of some weights, each beside the worst case over everything recorded of them.</summary>
internal static class WorstCaseTable
{
    public static void Write(IAnsiConsole screen, IReadOnlyList<WorstCase> threats)
    {
        var table = Screen.Table(
            "threat model", "evaluation", "images", "robust %", "worst case %", "95 % interval", "found by it alone");
        foreach (var worst in threats)
            foreach (var row in worst.Evaluations)
                Add(table, $"{worst.Threat}", row.Attack, row.WorstCase, row.Robust, $"{row.FoundAlone:N0}");
        foreach (var worst in threats)
            Add(table, $"{worst.Threat}", "all, common images", worst.Accuracy);
        if (threats.Count > 1)
            Add(table, string.Join(" and ", threats.Select(worst => $"{worst.Threat}")), "all, common images",
                WorstCase.UnderAll(threats));
        screen.Write(table);
    }

    private static void Add(
        Table table, string threat, string evaluation, Accuracy worst, Accuracy? robust = null, string alone = "")
    {
        var (low, high) = worst.Interval;
        table.AddRow(
            threat, Markup.Escape(evaluation), $"{worst.Examples:N0}", FinalTable.Percent(robust?.Value),
            worst.Examples == 0 ? "" : FinalTable.Percent(worst.Value),
            worst.Examples == 0 ? "" : FinalTable.Interval(low, high), alone);
    }
}
