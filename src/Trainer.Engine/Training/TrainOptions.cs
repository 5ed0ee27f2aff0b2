using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>How long to train, in which batches and precision.</summary>
public sealed record TrainOptions
{
    /// <summary>Passes over the training images.</summary>
    [AtLeast(1)] public required int Epochs { get; init => field = Require.AtLeast(1, value); }

    /// <summary>Images a step.</summary>
    [AtLeast(1)] public int BatchSize { get; init => field = Require.AtLeast(1, value); } = 128;

    /// <summary>
    /// How an epoch's last images are used where they are fewer than a batch: "keep" trains on them as a smaller
    /// batch, "drop" leaves them out, "merge" adds them to the batch before. An epoch of a single batch keeps it. Extra
    /// images (data.extra) fill every batch; there, "drop" and "merge" make an epoch one batch shorter.
    /// </summary>
    public LastBatch LastBatch { get; init; } = LastBatch.Keep;

    /// <summary>What the network is trained in.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>What the attack's network computes in.</summary>
    public AttackPrecision AttackPrecision { get; init; } = AttackPrecision.Float32;

    /// <summary>Ends the run after so many steps; by default after the last epoch.</summary>
    [AtLeast(1)] public long? MaxSteps { get; init => field = Require.AtLeast(1, value); }

    /// <summary>
    /// The share of each label that is spread over all classes, in cross-entropy terms of the loss but those of bounds.
    /// </summary>
    [Between(0, 1)] public double LabelSmoothing { get; init => field = Require.Between(0, 1, value); }

    /// <summary>Whether attacks on the cross-entropy take the smoothed labels too.</summary>
    public bool AttackSmoothedLabels { get; init; }

    /// <summary>
    /// Epochs over which training's ε grows from zero in a straight line, step by step; step sizes that a recipe gives
    /// in image units grow with it. Evaluations always use the full ε.
    /// </summary>
    [AtLeast(0)] public double EpsilonWarmupEpochs { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// The largest L2 norm of the gradient over all parameters; a larger one is scaled down to it. Null for none.
    /// </summary>
    [Positive] public double? GradientClip { get; init => field = Require.Positive(value); }

    /// <summary>Ends training before its last epoch; null for never.</summary>
    public EarlyStoppingOptions? EarlyStopping { get; init; }
}
