using Trainer.Engine.Checkpoints;
using Trainer.Engine.Studies;
using Trainer.Recipes;
using Trainer.Reports.Comparison;
using Trainer.Robustness.Components;

namespace Trainer.Reports.Studies;

/// <summary>The runs of a study, read from their folders. Reading changes nothing in them.</summary>
/// <param name="Study">The study.</param>
/// <param name="Settings">Every setting, in the study's order.</param>
internal sealed record StudyRecord(Study Study, IReadOnlyList<SettingRecord> Settings)
{
    /// <summary>Reads the runs, and selects settings where the study asks for it.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Where its runs are.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <param name="warn">Takes what cannot be read, and why.</param>
    /// <param name="recipe">The one recipe whose runs are read; null for all.</param>
    public static StudyRecord Read(
        Study study, StudyFolder folder, ComponentRegistry registry, Action<string> warn, string? recipe = null)
    {
        var settings = study.Cells.Where(cell => recipe is null || cell.Recipe == recipe)
            .Select(cell => Read(cell, folder, registry, warn))
            .GroupBy(cell => (cell.Cell.Recipe, cell.Cell.Setting))
            .Select(cells => new SettingRecord(cells.Key.Recipe, cells.Key.Setting, [.. cells], study.Select is null))
            .ToList();
        return new(study, [.. settings.Select(setting => study.Select is null || setting == Selected(setting.Recipe)
            ? setting with { IsSelected = true } : setting with { Cells = [.. setting.Cells.Where(IsNeeded)] })]);

        SettingRecord? Selected(string recipe) => Selection(study, [.. settings.Where(one => one.Recipe == recipe)]);

        // A run of a setting that is not selected may have been made by hand.
        static bool IsNeeded(CellRecord cell) => cell.Cell.IsTrial || cell.Progress != CellProgress.NotStarted;
    }

    /// <summary>
    /// What was measured of any run, in order. Where the best checkpoint of every measured run is its last, each
    /// measure once.
    /// </summary>
    public IReadOnlyList<Measure> Measures =>
        [.. Cells.SelectMany(cell => cell.Finals).Select(final => final.Measure).Distinct()
        .Where(measure => Shows(measure.Checkpoint))
        .OrderBy(measure => measure.Checkpoint == "last")];

    /// <summary>Whether a checkpoint is not another one's weights in every run: "best" or "last".</summary>
    public bool Shows(string checkpoint) =>
        checkpoint != "last" || Cells.Any(cell => cell.Finals.Any() && !cell.IsBestAtItsEnd);

    /// <summary>The attack of a measure, with its options where its label is another measure's, too.</summary>
    public string AttackOf(Measure measure) =>
        Measures.Any(other => other != measure && other with { Options = measure.Options } == measure)
        ? $"{measure.Label}: {measure.Options}" : measure.Label;

    /// <summary>
    /// Those by which settings are compared: of the best checkpoints, which held-out images chose, where there are any.
    /// </summary>
    public IReadOnlyList<Measure> MainMeasures =>
        Measures.Any(measure => measure.Checkpoint == "best")
        ? [.. Measures.Where(measure => measure.Checkpoint == "best")] : Measures;

    /// <summary>The settings that the report's tables and charts compare.</summary>
    public IReadOnlyList<SettingRecord> Shown => [.. Settings.Where(setting => setting.IsSelected)];

    /// <summary>Those that are not selected and have results on test images all the same.</summary>
    public IReadOnlyList<SettingRecord> Unselected =>
        [.. Settings.Where(setting => !setting.IsSelected && setting.Cells.Any(cell => cell.Finals.Any()))];

    /// <summary>
    /// The recipes of which nothing can be selected, though the training of all trials has ended, with their settings.
    /// </summary>
    public IEnumerable<IGrouping<string, SettingRecord>> WithoutSelection => Settings
        .GroupBy(setting => setting.Recipe).Where(settings => settings.All(setting => !setting.IsSelected)
            && settings.SelectMany(setting => setting.Trials).All(trial => trial.HasEnded));

    /// <summary>Every run.</summary>
    public IEnumerable<CellRecord> Cells => Settings.SelectMany(setting => setting.Cells);

    /// <summary>Every two of the shown settings.</summary>
    public IReadOnlyList<SettingComparison> Comparisons =>
    [
        .. from first in Shown.Index()
           from second in Shown.Skip(first.Index + 1)
           from measure in MainMeasures
           let comparison = SettingComparison.Of(first.Item, second, measure)
           where comparison is not null
           select comparison,
    ];

    /// <summary>
    /// The setting of highest mean on held-out images; the first of equal ones. Null while a trial has not ended, and
    /// where every setting has one that collapsed.
    /// </summary>
    internal static SettingRecord? Selection(Study study, IReadOnlyList<SettingRecord> settings) =>
        settings.Count == 0 || study.SelectedBy(settings[0].Recipe) is not { } metric
        || settings.SelectMany(setting => setting.Trials).Any(cell => !cell.HasEnded) ? null
        : settings.Where(setting => setting.HeldOut(metric) is not null)
            .MaxBy(setting => setting.HeldOut(metric)!.Value.Mean);

    private static CellRecord Read(StudyCell cell, StudyFolder folder, ComponentRegistry registry, Action<string> warn)
    {
        var progress = folder.StateOf(cell).Progress;
        var none = new Dictionary<string, IReadOnlyList<EvaluationRecord>>();
        if (progress == CellProgress.NotStarted)
        {
            // A run all of whose checkpoints are damaged is to be trained anew.
            if (Directory.Exists(folder.Of(cell)))
                new CheckpointStore(folder.Of(cell), new(), _ => { }).FindNewest(damaged => warn($"{damaged}"));
            return new(cell, progress, null, none);
        }
        try
        {
            var run = RunRecord.Read(folder.Of(cell), damaged => warn($"{damaged}"));
            return new(cell, progress, run, progress == CellProgress.Finished
                ? CheckpointEvaluations.Of(
                    run, [.. run.Evaluations, .. run.Interrupted], cell.Name, registry, warn) : none);
        }
        catch (TrainerException exception)
        {
            warn($"{cell.Name} cannot be read and is not in the means: {exception.Message}");
            return new(cell, progress, null, none);
        }
    }
}
