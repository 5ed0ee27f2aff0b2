using Trainer.Engine.Metrics;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Checkpoints;

/// <summary>When to save, and what to keep. The end of a run always saves, and so does an epoch with the best metric so far.</summary>
/// <param name="EverySteps">Steps between saves; null for none by step.</param>
/// <param name="EveryMinutes">Minutes between saves; null for none by the clock.</param>
/// <param name="EveryEpochs">Epochs between saves, each after its evaluation.</param>
/// <param name="KeepLast">How many of the newest checkpoints stay.</param>
/// <param name="KeepBest">How many of the best by <paramref name="Monitor"/> stay besides.</param>
/// <param name="Monitor">The metric that says which is best.</param>
public sealed record CheckpointOptions(
    long? EverySteps = null, double? EveryMinutes = 10, int EveryEpochs = 1, int KeepLast = 2, int KeepBest = 1, MonitoredMetric Monitor = MonitoredMetric.ValidationRobust)
{
    /// <summary>The metric that says which checkpoint is best; null where it was not measured.</summary>
    internal double? Score(AccuracyMetrics? validation) => Monitor == MonitoredMetric.ValidationRobust ? validation?.Robust : validation?.Clean;

    /// <summary>Steps between saves; null for none by step.</summary>
    [AtLeast(1)]
    public long? EverySteps { get; init; } = EverySteps is { } steps ? Require.AtLeast(1, steps, nameof(EverySteps)) : null;

    /// <summary>Minutes between saves; null for none by the clock.</summary>
    [Positive]
    public double? EveryMinutes { get; init; } = EveryMinutes is { } minutes ? Require.Positive(minutes, nameof(EveryMinutes)) : null;

    /// <summary>Epochs between saves.</summary>
    [AtLeast(1)]
    public int EveryEpochs { get; init; } = Require.AtLeast(1, EveryEpochs);

    /// <summary>How many of the newest checkpoints stay.</summary>
    [AtLeast(1)]
    public int KeepLast { get; init; } = Require.AtLeast(1, KeepLast);

    /// <summary>How many of the best stay besides.</summary>
    [AtLeast(1)]
    public int KeepBest { get; init; } = Require.AtLeast(1, KeepBest);
}
