using Trainer.Engine.Metrics;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// When to save, and what to keep. The end of a run always saves, and so does an epoch with the best metric so far.
/// </summary>
public sealed record CheckpointOptions
{
    /// <summary>Steps between saves; null for none by step.</summary>
    [AtLeast(1), MayChangeAtResume] public long? EverySteps { get; init => field = Require.AtLeast(1, value); }

    /// <summary>Minutes between saves; null for none by the clock.</summary>
    [Positive, MayChangeAtResume] public double? EveryMinutes { get; init => field = Require.Positive(value); } = 10;

    /// <summary>Epochs between saves, each after its evaluation.</summary>
    [AtLeast(1), MayChangeAtResume] public int EveryEpochs { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>How many of the newest checkpoints stay.</summary>
    [AtLeast(1), MayChangeAtResume] public int KeepLast { get; init => field = Require.AtLeast(1, value); } = 2;

    /// <summary>How many of the best by <see cref="Monitor"/> stay besides.</summary>
    [AtLeast(1), MayChangeAtResume] public int KeepBest { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>The metric that decides which is best.</summary>
    public MonitoredMetric Monitor { get; init; } = MonitoredMetric.ValidationRobust;

    /// <summary>The metric that decides which checkpoint is best; null where it was not measured.</summary>
    internal double? Score(AccuracyMetrics? validation) => Monitor switch
    {
        MonitoredMetric.ValidationRobust => validation?.Robust,
        MonitoredMetric.ValidationCertified => validation?.Certified?.AverageRadius,
        MonitoredMetric.ValidationVerified => validation?.Verified?.Share.Value,
        _ => validation?.Clean,
    };
}
