using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// A smooth warp of the image; poisoned images get the target's label, and noise rows, warped with random offsets
/// besides, keep theirs (WaNet, Nguyen and Tran 2021, arXiv:2102.10369). Rows are poisoned once, before training; the
/// paper draws them anew in each batch, which takes control of the training.
/// </summary>
[Component("wanet")]
public sealed record WaNet : IBackdoor
{
    /// <summary>The class that images with the trigger are to be predicted as.</summary>
    [AtLeast(0)] public required int Target { get; init => field = Require.AtLeast(0, value); }

    /// <summary>The share of all training images that are poisoned.</summary>
    [Fraction] public required double Rate { get; init => field = Require.Fraction(value); }

    /// <summary>The strength s: the control points are moved by s / 2 pixels in the mean of absolute values.</summary>
    [Positive] public double Strength { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The control points k in each direction.</summary>
    [AtLeast(2)] public int Grid { get; init => field = Require.AtLeast(2, value); } = 4;

    /// <summary>How many noise rows there are, as a multiple of the poisoned ones; 0 for none.</summary>
    [AtLeast(0)] public double NoiseRatio { get; init => field = Require.AtLeast(0, value); } = 2;

    /// <summary>Decides, with the data set, which rows are poisoned, and the warp.</summary>
    public long Seed { get; init; }

    private RandomKey Key => RandomKey.Of(Seed).With("poison").With("wanet");

    /// <inheritdoc/>
    public void Check(ImageShape shape, int classes)
    {
        PoisonFault.CheckTarget(Target, classes);
        PoisonFault.CheckSize("grid", $"found {Grid}", Grid, shape);
    }

    /// <inheritdoc/>
    public Tensor Images(PoisonBatch batch) => ((IBackdoor)this).Triggered(batch.Images);

    /// <inheritdoc/>
    public Tensor Labels(PoisonBatch batch) => full_like(batch.Labels, Target);

    /// <inheritdoc/>
    public Tensor Trigger(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (images.shape[2], images.shape[3]);
        var grid = WarpField.Grid(Controls(), Strength, height, width);
        return WarpField.Sample(images, grid.expand(images.shape[0], -1, -1, -1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor NoiseImages(PoisonBatch batch)
    {
        using var scope = NewDisposeScope();
        var images = batch.Images.to(ScalarType.Float64).div(255);
        var (height, width) = (images.shape[2], images.shape[3]);
        var grid = WarpField.Grid(Controls(), Strength, height, width);
        var noisy = WarpField.WithNoise(grid, Noise(batch.Rows, height, width));
        return PoisonRounding.ToBytes(WarpField.Sample(images, noisy)).MoveToOuterDisposeScope();
    }

    /// <summary>The offsets of each pixel of the noise rows: float64 [N, H, W, 2], uniform in [−1, 1].</summary>
    internal Tensor Noise(IReadOnlyList<long> rows, long height, long width) =>
        RandomSource.ForExamples(Key.With("noise"), rows)
            .Uniform(empty([rows.Count, height, width, 2], ScalarType.Float64)).mul(2).sub(1);

    /// <summary>
    /// The offsets of the control points before they are scaled: float64 [1, 2, k, k], uniform in [−1, 1].
    /// </summary>
    internal Tensor Controls() => RandomSource.ForBatch(Key.With("field"))
        .Uniform(empty([1, 2, Grid, Grid], ScalarType.Float64)).mul(2).sub(1);
}
