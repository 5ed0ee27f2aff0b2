using Trainer.Engine.Checkpoints;

namespace Trainer.Engine.Studies;

/// <summary>
/// How a study selects one of each recipe's settings: by the mean over its trials of a metric on held-out training
/// images. Every recipe then has equally many settings, and only settings all of whose trials were trained to
/// their end can be selected. Trials are the runs with <see cref="TrialSeeds"/>; without these, all runs.
/// </summary>
public sealed record StudySelection
{
    /// <summary>The metric, of each run's best checkpoint; higher is better.</summary>
    public required MonitoredMetric By { get; init; }

    /// <summary>
    /// The seeds with which every setting is tried, and by which one is selected. It alone is trained with the recipe's
    /// other seeds. Null tries every setting with all seeds.
    /// </summary>
    public IReadOnlyList<long>? TrialSeeds { get; init; }
}
