using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// An immutable description of how the weights of many steps are averaged: a function of the step alone, so that a
/// checkpoint holds the average itself and nothing besides.
/// </summary>
[ComponentKind("averages")]
public interface IAverage
{
    /// <summary>
    /// The share of the weights after a step in the average: 1 makes it a copy of them, 0 leaves it as it is.
    /// </summary>
    /// <param name="step">Steps done, at least 1.</param>
    /// <param name="stepsPerEpoch">The number of steps of one epoch.</param>
    double Share(long step, long stepsPerEpoch);

    /// <summary>A warning about a run of so many epochs; null for none.</summary>
    string? Caution(long epochs) => null;

    /// <summary>
    /// Whether the running statistics of batch norm are estimated for the average, by a pass over the training images
    /// before it is measured; otherwise, and until then, they are copies of those of the network in training.
    /// </summary>
    /// <param name="step">Steps done.</param>
    /// <param name="stepsPerEpoch">The number of steps of one epoch.</param>
    bool EstimatesStatistics(long step, long stepsPerEpoch) => false;
}
