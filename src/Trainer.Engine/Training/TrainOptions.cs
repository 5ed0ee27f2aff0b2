using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>How long to train, in which batches and precision.</summary>
/// <param name="Epochs">Passes over the training images.</param>
/// <param name="BatchSize">Images a step.</param>
/// <param name="LastBatch">
/// What becomes of an epoch's last images where they are fewer than a batch: "keep" trains on them as a smaller batch, "drop"
/// leaves them out, "merge" adds them to the batch before. An epoch of a single batch keeps it. Extra images (data.extra) fill
/// every batch; there, "drop" and "merge" make an epoch one batch shorter.
/// </param>
/// <param name="Precision">What the network is trained in.</param>
/// <param name="AttackPrecision">What the attack's network computes in.</param>
/// <param name="MaxSteps">Ends the run after so many steps; by default after the last epoch.</param>
/// <param name="LabelSmoothing">The share of each label that is spread over all classes, in cross-entropy terms of the loss.</param>
/// <param name="AttackSmoothedLabels">Whether attacks on the cross-entropy take the smoothed labels too.</param>
/// <param name="EpsilonWarmupEpochs">
/// Epochs over which training's ε grows from zero in a straight line, step by step; step sizes that a recipe gives in image
/// units grow with it. Evaluations always use the full ε.
/// </param>
/// <param name="GradientClip">The largest L2 norm of the gradient over all parameters; a larger one is scaled down to it. Null for none.</param>
/// <param name="EarlyStopping">Ends training before its last epoch; null for never.</param>
public sealed record TrainOptions(
    int Epochs, int BatchSize = 128, LastBatch LastBatch = LastBatch.Keep, Precision Precision = Precision.Float32,
    AttackPrecision AttackPrecision = AttackPrecision.Float32, long? MaxSteps = null, double LabelSmoothing = 0,
    bool AttackSmoothedLabels = false, double EpsilonWarmupEpochs = 0, double? GradientClip = null,
    EarlyStoppingOptions? EarlyStopping = null)
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

    /// <summary>The share of each label that is spread over all classes.</summary>
    [Between(0, 1)]
    public double LabelSmoothing { get; init; } = Require.Between(0, 1, LabelSmoothing);

    /// <summary>Epochs over which training's ε grows from zero.</summary>
    [AtLeast(0)]
    public double EpsilonWarmupEpochs { get; init; } = Require.AtLeast(0, EpsilonWarmupEpochs);

    /// <summary>The largest L2 norm of the gradient; null for no limit.</summary>
    [Positive]
    public double? GradientClip { get; init; } = GradientClip is { } norm ? Require.Positive(norm, nameof(GradientClip)) : null;
}
