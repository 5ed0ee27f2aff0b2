using Trainer.Engine.Devices;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Recipes;

/// <summary>How long to train, in which batches and precision.</summary>
/// <param name="Epochs">Passes over the training images.</param>
/// <param name="BatchSize">Images a step; the last batch of an epoch may be smaller.</param>
/// <param name="Precision">What the network is trained in.</param>
/// <param name="AttackPrecision">What the attack's network computes in.</param>
/// <param name="MaxSteps">Ends the run after so many steps; by default after the last epoch.</param>
public sealed record TrainOptions(
    int Epochs, int BatchSize = 128, Precision Precision = Precision.Float32, AttackPrecision AttackPrecision = AttackPrecision.Auto, long? MaxSteps = null)
{
    /// <summary>Passes over the training images.</summary>
    [AtLeast(1)]
    public int Epochs { get; init; } = Require.AtLeast(1, Epochs);

    /// <summary>Images a step.</summary>
    [AtLeast(1)]
    public int BatchSize { get; init; } = Require.AtLeast(1, BatchSize);

    /// <summary>Ends the run after so many steps; null for none.</summary>
    [AtLeast(1)]
    public long? MaxSteps { get; init; } = MaxSteps is { } steps ? Require.AtLeast(1, steps, nameof(MaxSteps)) : null;
}
