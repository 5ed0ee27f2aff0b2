using Trainer.Engine.Checkpoints;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Studies;

/// <summary>A recipe of a study.</summary>
public sealed record StudyRecipe
{
    /// <summary>The recipe's file, relative to the study's.</summary>
    [FilePath] public required string File { get; init; }

    /// <summary>What run folders and reports call it; by default the file's name.</summary>
    public string? Name { get; init; }

    /// <summary>Values that its runs set, over the study's own: "train.epochs=20".</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>Settings in place of the study's; null for those.</summary>
    public IReadOnlyList<StudySetting>? Overrides { get; init; }

    /// <summary>Seeds in place of the study's; null for those.</summary>
    public IReadOnlyList<long>? Seeds { get; init; }

    /// <summary>By what one of its settings is selected, in place of the study's metric; null for that.</summary>
    public MonitoredMetric? SelectBy { get; init; }

    /// <summary>Its name, or its file's.</summary>
    internal string Label => Name ?? Path.GetFileNameWithoutExtension(File);
}
