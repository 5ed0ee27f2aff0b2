using System.Globalization;
using Trainer.Engine.Metrics;
using Trainer.Recipes.Binding;

namespace Trainer.Reports.Studies;

/// <summary>Every raw value of a study: a line for each measurement of each run, one for a run without any.</summary>
internal static class StudyCsv
{
    public static string Of(StudyRecord study, bool times)
    {
        string[] headings =
        [
            "run", "recipe", "setting", "seed", "state", "collapses", "selected", "selected_by", "selected_value",
            "best_step", "held_out_clean", "held_out_robust", "checkpoint", "attack", "threat", "images", "clean",
            "robust", "worst_case", "asr", "r_acc",
            .. times ? ["seconds", "training_seconds", "peak_bytes"] : (string[])[],
        ];
        var lines = from setting in study.Settings
                    let metric = study.Study.SelectedBy(setting.Recipe)
                    from cell in setting.Cells
                    from final in cell.Finals
                        .Select(final => ((Measure?)final.Measure, final.Test?.Clean, final.Test?.Robust))
                        .DefaultIfEmpty()
                    select (object?[])
                    [
                        cell.Cell.Name, setting.Recipe, setting.Setting, cell.Cell.Seed, cell.State,
                        cell.Run?.Collapses.Count ?? 0, setting.IsSelected ? "yes" : "no",
                        metric is { } named ? RecipeValue.Word(named) : null,
                        metric is { } chosen ? cell.Score(chosen) : null,
                        cell.Run?.State?.Best?.Step, cell.HeldOut?.Validation?.Clean, cell.HeldOut?.Validation?.Robust,
                        final.Item1?.Checkpoint,
                        final.Item1 is { } attacked ? study.AttackOf(attacked) : null, final.Item1?.Threat,
                        final.Item1?.Examples, final.Item2, final.Item3,
                        final.Item1 is { } measured ? cell.WorstCaseOf(measured) : null,
                        Backdoor(cell, final.Item1)?.AttackSuccess?.Value, Backdoor(cell, final.Item1)?.Robust?.Value,
                        .. times
                            ? [
                                cell.Run?.Usage?.Seconds, cell.TrainingSeconds,
                                cell.Run?.Usage?.PeakBytes,
                            ]
                            : (object?[])[],
                    ];
        return string.Concat(lines.Prepend(headings)
            .Select(line => string.Join(',', line.Select(Cell)) + "\n"));
    }

    private static BackdoorMetrics? Backdoor(CellRecord cell, Measure? measure) =>
        cell.Backdoors.FirstOrDefault(found => found.Checkpoint == measure?.Checkpoint).Backdoor;

    private static string Cell(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny(",\"\n")
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
