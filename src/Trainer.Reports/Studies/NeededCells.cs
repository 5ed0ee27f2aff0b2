using Trainer.Engine.Studies;
using Trainer.Robustness.Components;

namespace Trainer.Reports.Studies;

/// <summary>Which runs a study needs: its trials, and those of the settings that it has selected by them.</summary>
public sealed class NeededCells
{
    private readonly IReadOnlyDictionary<string, SettingRecord> selected;

    private NeededCells(IReadOnlyDictionary<string, SettingRecord> selected) => this.selected = selected;

    /// <summary>Reads the runs of a study as they are. Changes nothing in them.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="registry">The components that recipes may name.</param>
    public static NeededCells Of(Study study, StudyFolder folder, ComponentRegistry registry) => new(
        study.Cells.All(cell => cell.IsTrial) ? new Dictionary<string, SettingRecord>()
        : StudyRecord.Read(study, folder, registry, _ => { }).Settings.Where(setting => setting.IsSelected)
            .ToDictionary(setting => setting.Recipe));

    /// <summary>The settings that are selected, in words.</summary>
    public IReadOnlyList<string> Selected => [.. selected.Values.Select(setting => setting.Name)];

    /// <summary>Whether a run is to be trained; null before a setting of its recipe is selected.</summary>
    public bool? Includes(StudyCell cell) => cell.IsTrial ? true
        : selected.TryGetValue(cell.Recipe, out var setting) ? setting.Setting == cell.Setting : null;
}
