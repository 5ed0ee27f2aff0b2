using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>
/// Replaces a window of each image by the same window of another, and shares the label out by area (Yun et al. 2019,
/// arXiv:1905.04899): λ ~ Beta(α, α), a window of √(1 − λ) of each side around any pixel, cut off at the borders. Each
/// image has a window of its own, where the public code has one for the batch.
/// </summary>
[Component("cutmix")]
public sealed record CutMix : IAugmentation
{
    /// <summary>α; at 1, the paper's, λ is uniform.</summary>
    [Positive] public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public bool MixesLabels => true;

    /// <inheritdoc/>
    public AugmentedBatch Apply(AugmentedBatch batch, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var (images, device) = (batch.Images, batch.Images.device);
        var (rows, height, width) = (images.shape[0], images.shape[2], images.shape[3]);
        var side = (1 - SymmetricBeta.Draw(Alpha, rows, device, random)).sqrt_();
        var halfHeight = (side * height).to(ScalarType.Int64).div(2, RoundingMode.floor);
        var halfWidth = (side * width).to(ScalarType.Int64).div(2, RoundingMode.floor);
        var top = Pixels.Random(rows, height, device, random) - halfHeight;
        var left = Pixels.Random(rows, width, device, random) - halfWidth;
        var window = Pixels.Window(images, top, left, halfHeight * 2, halfWidth * 2);
        var own = 1 - window.flatten(1).to(ScalarType.Float32).mean([1]);
        var mixed = batch.Mixed(where(window, AugmentedBatch.Partners(images), images), own);
        return AugmentedBatch.MoveToOuterScope(mixed);
    }
}
