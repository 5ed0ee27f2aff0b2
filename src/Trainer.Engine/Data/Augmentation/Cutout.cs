using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>
/// Blackens a square of each image, whose centre is any of its pixels (DeVries and Taylor 2017, arXiv:1708.04552); what
/// is outside the image is cut off. Black is 0 in image units, where the paper takes the mean of the data.
/// </summary>
[Component("cutout")]
public sealed record Cutout : IAugmentation
{
    /// <summary>The square's side in pixels; the paper's is 16 for CIFAR-10 and 8 for CIFAR-100.</summary>
    [AtLeast(1)] public int Length { get; init => field = Require.AtLeast(1, value); } = 16;

    /// <inheritdoc/>
    public bool MovesPixels => true;

    /// <inheritdoc/>
    public AugmentedBatch Apply(AugmentedBatch batch, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var (rows, height, width, device) = (batch.Images.shape[0], batch.Images.shape[2], batch.Images.shape[3],
            batch.Images.device);
        var top = Pixels.Random(rows, height, device, random) - Length / 2;
        var left = Pixels.Random(rows, width, device, random) - Length / 2;
        var side = full([1], Length, ScalarType.Int64, device);
        var window = Pixels.Window(batch.Images, top, left, side, side);
        return batch with { Images = batch.Images.masked_fill(window, 0).MoveToOuterDisposeScope() };
    }
}
