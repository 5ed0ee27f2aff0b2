using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>Ends training when the metric that <c>checkpoint.monitor</c> names no longer rises.</summary>
/// <param name="Patience">How many measurements in a row without a new best end it.</param>
/// <param name="MinDelta">By how much a metric (0 to 1) must exceed the best to be a new one.</param>
public sealed record EarlyStoppingOptions(int Patience, double MinDelta = 0)
{
    /// <summary>How many measurements without a new best end training.</summary>
    [AtLeast(1)]
    public int Patience { get; init; } = Require.AtLeast(1, Patience);

    /// <summary>The least gain that counts.</summary>
    [Between(0, 1)]
    [FormerName("leastGain")]
    public double MinDelta { get; init; } = Require.Between(0, 1, MinDelta);
}
