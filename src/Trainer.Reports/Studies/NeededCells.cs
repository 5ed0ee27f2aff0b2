using Trainer.Engine.Studies;
using Trainer.Robustness.Components;

namespace Trainer.Reports.Studies;

/// <summary>Which runs a study needs: its trials, and those of the settings that it has selected by them.</summary>
public sealed class NeededCells
{
    private readonly Lazy<IReadOnlyList<SettingRecord>> settings;

    private NeededCells(Func<IReadOnlyList<SettingRecord>> read) => settings = new(read);

    /// <summary>
    /// Reads the runs of a study as they are, once a run that is no trial is asked for. Changes nothing in them.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <param name="warn">Receives what cannot be read.</param>
    public static NeededCells Of(Study study, StudyFolder folder, ComponentRegistry registry, Action<string> warn) =>
        new(() => StudyRecord.Read(study, folder, registry, warn).Settings);

    /// <summary>The settings that are selected, in words.</summary>
    public IReadOnlyList<string> Selected =>
        [.. settings.Value.Where(setting => setting.IsSelected).Select(setting => setting.Name)];

    /// <summary>Whether a run is to be trained, and why not.</summary>
    public CellNeed NeedOf(StudyCell cell)
    {
        if (cell.IsTrial)
            return CellNeed.Needed;
        var ofRecipe = settings.Value.Where(setting => setting.Recipe == cell.Recipe).ToList();
        return ofRecipe.Find(setting => setting.IsSelected) is { } selected
            ? selected.Setting == cell.Setting ? CellNeed.Needed : CellNeed.NotSelected
            : ofRecipe.SelectMany(setting => setting.Trials).All(trial => trial.HasEnded) ? CellNeed.NothingSelected
            : CellNeed.AwaitsTrials;
    }
}
