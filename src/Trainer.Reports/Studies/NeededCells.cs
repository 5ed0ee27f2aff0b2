using Trainer.Engine.Studies;
using Trainer.Robustness.Components;

namespace Trainer.Reports.Studies;

/// <summary>
/// What a study needs of its runs: its trials trained, those of the settings that they select trained and evaluated.
/// </summary>
public sealed class NeededCells
{
    private readonly bool selects;
    private readonly Lazy<IReadOnlyList<SettingRecord>> settings;

    private NeededCells(bool selects, Func<IReadOnlyList<SettingRecord>> read) =>
        (this.selects, settings) = (selects, new(read));

    /// <summary>
    /// Reads the runs of a study as they are, once a run is asked for and the study selects. Changes nothing in them.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <param name="warn">Receives what cannot be read.</param>
    public static NeededCells Of(Study study, StudyFolder folder, ComponentRegistry registry, Action<string> warn) =>
        new(study.Select is not null, () => StudyRecord.Read(study, folder, registry, warn).Settings);

    /// <summary>The settings that are selected, in words.</summary>
    public IReadOnlyList<string> Selected =>
        [.. settings.Value.Where(setting => setting.IsSelected).Select(setting => setting.Name)];

    /// <summary>What is to be done with a run, and why not.</summary>
    public CellNeed NeedOf(StudyCell cell)
    {
        if (!selects)
            return CellNeed.Needed;
        var ofRecipe = settings.Value.Where(setting => setting.Recipe == cell.Recipe).ToList();
        return ofRecipe.Find(setting => setting.IsSelected) is { } selected
            ? selected.Setting == cell.Setting ? CellNeed.Needed : CellNeed.NotSelected
            : ofRecipe.SelectMany(setting => setting.Trials).All(trial => trial.HasEnded) ? CellNeed.NothingSelected
            : cell.IsTrial ? CellNeed.Training : CellNeed.AwaitsTrials;
    }
}
