using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>Ends training when the metric that <c>checkpoint.monitor</c> names no longer rises.</summary>
public sealed record EarlyStoppingOptions
{
    /// <summary>How many measurements in a row without a new best end it.</summary>
    [AtLeast(1)] public required int Patience { get; init => field = Require.AtLeast(1, value); }

    /// <summary>By how much a metric (0 to 1) must exceed the best to be a new one.</summary>
    [Between(0, 1), FormerName("leastGain")]
    public double MinDelta { get; init => field = Require.Between(0, 1, value); }
}
