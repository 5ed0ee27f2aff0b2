using System.Globalization;
using Trainer.Engine.Studies;
using Trainer.Recipes.Binding;
using Trainer.Reports.Markup;
using Trainer.Reports.Pages;

namespace Trainer.Reports.Studies;

/// <summary>The tables of a study's report. The same runs give the same tables, time and memory aside.</summary>
internal static class StudyTables
{
    private const string Collapsed = "†";

    /// <summary>The columns of <see cref="Results"/> without time and memory.</summary>
    public static IReadOnlyList<string> ResultHeadings { get; } =
    [
        "recipe", "setting", "checkpoint", "attack", "threat model", "images", "seeds", "clean %", "robust %",
        "robust % of each seed", "worst case %", "collapsed", "front",
    ];

    private static IReadOnlyList<string> UsageHeadings { get; } = ["training, minutes", "peak memory"];

    /// <summary>Every table.</summary>
    /// <param name="study">The study.</param>
    /// <param name="times">Whether time and memory are among them.</param>
    public static IReadOnlyList<ReportTable> Of(StudyRecord study, bool times) =>
    [
        Results(study, times), .. StudyBackdoors.Of(study) is { } backdoors ? [backdoors] : (ReportTable[])[],
        .. study.Study.Select is null ? [] : new[] { Selection(study) },
        .. study.Unselected.Count == 0 ? [] : new[] { NotSelected(study, times) },
        StudyWorstCases.Of(study), Collapses(study), Seeds(study), Images(study), Runs(study),
        .. times ? [Usage(study)] : (ReportTable[])[],
    ];

    /// <summary>Mean and deviation of the shown settings.</summary>
    /// <param name="study">The study.</param>
    /// <param name="times">Whether each setting’s mean time and highest peak memory are in it.</param>
    public static ReportTable Results(StudyRecord study, bool times) => new(
        "Results", "Mean ± standard deviation over seeds (by n − 1), on test images, which chose no "
        + $"checkpoint and no setting. A run whose training collapsed is marked {Collapsed} and counts in the mean "
        + "where it was evaluated; one that its guard stopped has no accuracy. Worst case: the row’s images that no "
        + "recorded evaluation of the same weights misclassified, under the row’s threat model or a smaller radius in "
        + "its norm; those that no other evaluation looked at count by this one alone, and where there are no others "
        + $"in a seed there is no worst case ({Format.None}); that under several threat models together is in the "
        + "table of each run. Collapsed: of the runs whose training has ended. Front: no other setting here is as good "
        + "in clean and in robust accuracy and better in one; a setting without the result of a seed is not compared "
        + $"({Format.None})."
        + (times ? " Time: mean over the runs that were trained to their end. Memory: the most of any run." : ""),
        Headings(times),
        [
            .. Rows(study, study.Shown, times),
            .. from settings in study.WithoutSelection
               let trials = settings.SelectMany(setting => setting.Trials).ToList()
               select (IReadOnlyList<string>)
               [
                   settings.Key, "nothing selected",
                   .. Enumerable.Repeat(Format.None, ResultHeadings.Count - 4),
                   $"{CollapsedOf(trials)} trials", Format.None,
                   .. times ? [Format.None, Format.None] : (string[])[],
               ],
        ]);

    private static ReportTable NotSelected(StudyRecord study, bool times) => new(
        "Settings that were not selected", "They have results on test images all the same, which had no influence on "
        + "the selection.",
        Headings(times), Rows(study, study.Unselected, times));

    private static IReadOnlyList<string> Headings(bool times) =>
        times ? [.. ResultHeadings, .. UsageHeadings] : ResultHeadings;

    private static IReadOnlyList<IReadOnlyList<string>> Rows(
        StudyRecord study, IReadOnlyList<SettingRecord> settings, bool times) =>
    [
        .. from measure in study.Measures
           let measured = settings.Where(setting => setting.Finals(measure).Count > 0).ToList()
           let front = Front(measure, measured)
           from setting in settings
           // Also one all of whose runs collapsed.
           where measured.Contains(setting) || setting.Cells.All(cell => !cell.Finals.Any())
           select (IReadOnlyList<string>)
           [
               setting.Recipe, setting.Setting ?? Format.None, measure.Checkpoint, study.AttackOf(measure),
               measure.Threat, measure.Images, Of(setting.Finals(measure).Count, setting.Cells.Count),
               Percent(setting.Clean(measure)), Percent(setting.Robust(measure)),
               string.Join(", ", setting.Cells.Select(cell => Value(cell, measure))),
               setting.WorstCase(measure)?.Percent ?? Format.None,
               CollapsedOf(setting.Cells),
               !setting.IsMeasured(measure) ? Format.None
                   : front.Contains(setting) ? "yes" : "no",
               .. times ? [Minutes(setting.TrainingSeconds), Memory(setting.PeakBytes)] : (string[])[],
           ],
    ];

    /// <summary>The settings that no other one beats, of those that were measured with every seed.</summary>
    internal static IReadOnlyList<SettingRecord> Front(Measure measure, IEnumerable<SettingRecord> settings)
    {
        var compared = settings.Where(setting => setting.IsMeasured(measure)).ToList();
        return [.. compared.Zip(ParetoFront.Of(
            [.. compared.Select(setting => (setting.Clean(measure).Mean, setting.Robust(measure).Mean))]))
            .Where(item => item.Second).Select(item => item.First)];
    }

    private static ReportTable Selection(StudyRecord study)
    {
        var (over, runs) = study.Study.Select!.TrialSeeds is null ? ("seeds", "runs") : ("trials", "trials");
        return new(
            "Selection", $"One setting of each recipe, of equally many, by the mean over {over} of "
            + string.Join(" or ", study.Settings.Select(By).Distinct())
            + " on held-out training images, of each run's best checkpoint. "
            + (study.Study.Select.TrialSeeds is { } trials ? "Every setting was tried with seed "
                + $"{string.Join(" and ", trials)}, and the selected one alone trained with the others. " : "")
            + $"Only settings all of whose {runs} were trained to their end can be selected, and none before the "
            + $"training of all {runs} of the recipe has ended."
            + " Of equal ones the first in the study’s file is selected."
            + (study.Unselected.Count > 0 ? "" : " No other setting was evaluated on test images."),
            ["recipe", "setting", "selected by", "mean", "of each seed", "held-out images", "selected"],
            [
                .. from setting in study.Settings
                   let metric = study.Study.SelectedBy(setting.Recipe)!.Value
                   select (IReadOnlyList<string>)
                   [
                       setting.Recipe, setting.Setting ?? Format.None, By(setting),
                       setting.HeldOut(metric) is { } score ? Percent(score) : Format.None,
                       string.Join(", ", setting.Trials.Select(cell => Percent(cell.Score(metric)))),
                       string.Join(" or ", setting.Trials.Select(HeldOutImages).Distinct()),
                       setting.IsSelected ? "yes" : "no",
                   ],
            ]);

        string By(SettingRecord setting) => RecipeValue.Word(study.Study.SelectedBy(setting.Recipe)!.Value);
    }

    private static ReportTable Collapses(StudyRecord study) => new(
        "Collapses of training", "Every one, whatever came of it.", ["run", "step", "kind", "the run then", "found"],
        [
            .. from cell in study.Cells
               from collapse in cell.Run?.Collapses ?? []
               select (IReadOnlyList<string>)
               [
                   cell.Cell.Name, Format.Count(collapse.Step), RecipeValue.Word(collapse.Kind),
                   collapse.Action switch
                   {
                       Engine.Training.Collapse.CollapseAction.Stop => "stopped",
                       Engine.Training.Collapse.CollapseAction.Rollback => "was rolled back",
                       _ => "continued",
                   },
                   collapse.Saw,
               ],
        ]);

    private static ReportTable Seeds(StudyRecord study) => new(
        "Differences over seeds", "First minus second with the same seed, in points: mean ± standard deviation "
        + "by n − 1, 95 % interval and p of Student’s paired t-test, not corrected for the number of rows. Neither "
        + $"where the deviation is less than one image’s share ({Format.None}), which so few images make by chance, "
        + $"nor where the guard stopped a run of one of the two. {Collapsed}: training of one of their runs collapsed.",
        [
            "first", "second", "checkpoint", "attack", "threat model", "seeds", "robust", "95 % interval", "p", "clean",
            "95 % interval", "p",
        ],
        [.. study.Comparisons.Select(pair => (IReadOnlyList<string>)
        [
            .. Names(study, pair), Seeds(pair), .. Differences(pair.Robust, pair.HasStoppedRuns),
            .. Differences(pair.Clean, pair.HasStoppedRuns),
        ])]);

    private static ReportTable Images(StudyRecord study) => new(
        "Differences over images", "Images on which one setting withstands the attack with more of the seeds than the "
        + "other, by the ledgers of the evaluations: each image counts once. p of the exact two-sided sign test, "
        + "with one seed McNemar’s; not corrected for the number of rows, and it says nothing of other seeds. No p "
        + "where the guard stopped a run of one of the two. "
        + $"{Collapsed}: training of one of their runs collapsed.",
        ["first", "second", "checkpoint", "attack", "threat model", "seeds", "first better", "second better", "p"],
        [
            .. from pair in study.Comparisons
               select (IReadOnlyList<string>)
               [
                   .. Names(study, pair), Seeds(pair),
                   .. pair.Images is { } images
                       ? [$"{images.FirstOnly}", $"{images.SecondOnly}",
                           pair.HasStoppedRuns ? Format.None : ComparePage.PValue(images.PValue)]
                       : (string[])["not comparable", "not comparable", Format.None],
               ],
        ]);

    private static ReportTable Runs(StudyRecord study) => new(
        "Runs", "The final evaluation of a run that is “trained” was left out, or is not complete. The best checkpoint "
        + "is chosen within each run, by the metric on held-out training images that the column names.",
        ["run", "state", "best at step", "chosen by", "held-out images", "held-out clean %", "held-out robust %"],
        [.. study.Cells.Select(cell => (IReadOnlyList<string>)
        [
            cell.Cell.Name, cell.State, cell.Run?.State?.Best is { } best ? Format.Count(best.Step) : Format.None,
            (string?)cell.Run?.Recipe["checkpoint"]?["monitor"] ?? Format.None, HeldOutImages(cell),
            Percent(cell.HeldOut?.Validation?.Clean), Percent(cell.HeldOut?.Validation?.Robust),
        ])]);

    private static ReportTable Usage(StudyRecord study) => new(
        "Time and memory", "Wall-clock time of each run’s processes, of those that were killed up to their last epoch. "
        + "Training: its epochs with their measurements on held-out images. Runs beside each other share the machine.",
        ["run", "all, minutes", "training, minutes", "peak memory"],
        [.. study.Cells.Select(cell => (IReadOnlyList<string>)
        [
            cell.Cell.Name, Minutes(cell.Run?.Usage?.Seconds), Minutes(cell.TrainingSeconds),
            Memory(cell.Run?.Usage?.PeakBytes),
        ])]);

    private static IEnumerable<string> Names(StudyRecord study, SettingComparison pair) =>
    [
        pair.First.Name, pair.Second.Name, pair.Measure.Checkpoint, study.AttackOf(pair.Measure), pair.Measure.Threat,
    ];

    private static string Seeds(SettingComparison pair) =>
        Of(pair.Seeds.Measured, pair.Seeds.All) + (pair.Collapsed ? Collapsed : "");

    private static IEnumerable<string> Differences(PairedDifferences differences, bool hasStoppedRuns) =>
    [
        Percent(differences.Differences),
        Sample.IntervalOf(hasStoppedRuns ? null : differences.Interval),
        differences.PValue is { } p && !hasStoppedRuns ? ComparePage.PValue(p) : Format.None,
    ];

    private static string Value(CellRecord cell, Measure measure) => cell.Final(measure) is { } test
        ? Percent(test.Robust) + (cell.Collapsed ? Collapsed : "")
        : cell.Progress == CellProgress.Collapsed ? $"collapsed{Collapsed}" : cell.State;

    private static string HeldOutImages(CellRecord cell) => cell.HeldOut?.Validation is { } held
        ? $"{Format.Count(held.Examples)}{(held.Attack is null ? "" : $", {held.Attack}")}" : Format.None;

    /// <summary>Those whose training collapsed, of those of which it is known.</summary>
    private static string CollapsedOf(IReadOnlyList<CellRecord> cells) =>
        cells.Count(cell => cell.Collapsed || cell.HasEnded) is var known and > 0
        ? $"{cells.Count(cell => cell.Collapsed)} of {known}" : Format.None;

    private static string Of(int count, int all) => count == all ? $"{all}" : $"{count} of {all}";

    private static string Minutes(double? seconds) =>
        seconds is { } value ? (value / 60).ToString("F1", CultureInfo.InvariantCulture) : Format.None;

    private static string Memory(long? bytes) => bytes is { } peak ? Format.Memory(peak) : Format.None;

    private static string Percent(double? share) => Sample.PercentOf(share);

    private static string Percent(Sample sample) => sample.Percent;
}
