using Trainer.Engine.Studies;
using Trainer.Robustness.Components;

namespace Trainer.Reports.Studies;

/// <summary>
/// What a study needs of its runs: its trials trained, those of the settings that they select trained and evaluated.
/// </summary>
public sealed class NeededCells
{
    private readonly Study study;
    private readonly Func<string, IReadOnlyList<SettingRecord>> read;
    private readonly Dictionary<string, IReadOnlyList<SettingRecord>> settings = [];

    private NeededCells(Study study, Func<string, IReadOnlyList<SettingRecord>> read) =>
        (this.study, this.read) = (study, read);

    /// <summary>
    /// Reads the runs of each recipe as they are, once one of them is asked for and the study selects. Changes nothing
    /// in them.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <param name="warn">Receives what cannot be read.</param>
    public static NeededCells Of(Study study, StudyFolder folder, ComponentRegistry registry, Action<string> warn) =>
        new(study, recipe => StudyRecord.Read(study, folder, registry, warn, recipe).Settings);

    /// <summary>The settings that are selected, in words.</summary>
    public IReadOnlyList<string> Selected =>
        [.. study.Cells.Select(cell => cell.Recipe).Distinct().SelectMany(Of)
        .Where(setting => setting.IsSelected).Select(setting => setting.Name)];

    /// <summary>The trials of a run's recipe whose training has not ended, or that cannot be read.</summary>
    public IReadOnlyList<string> Awaited(StudyCell cell) =>
    [
        .. Of(cell.Recipe).SelectMany(setting => setting.Trials).Where(trial => !trial.HasEnded)
            .Select(trial => trial.Cell.Name),
    ];

    /// <summary>What is to be done with a run, and why not.</summary>
    public CellNeed NeedOf(StudyCell cell)
    {
        if (study.Select is null)
            return CellNeed.Needed;
        return Of(cell.Recipe).FirstOrDefault(setting => setting.IsSelected) is { } selected
            ? selected.Setting == cell.Setting ? CellNeed.Needed : CellNeed.NotSelected
            : Awaited(cell).Count == 0 ? CellNeed.NothingSelected
            : cell.IsTrial ? CellNeed.Training : CellNeed.AwaitsTrials;
    }

    private IReadOnlyList<SettingRecord> Of(string recipe) =>
        settings.TryGetValue(recipe, out var known) ? known : settings[recipe] = read(recipe);
}
