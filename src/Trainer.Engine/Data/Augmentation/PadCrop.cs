using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>
/// Shifts each image by a random number of pixels each way, as if cropped from one with a border of zeros.
/// </summary>
[Component("pad-crop")]
public sealed record PadCrop : IAugmentation
{
    /// <summary>The largest shift, in pixels.</summary>
    [AtLeast(1)] public int Padding { get; init => field = Require.AtLeast(1, value); } = 4;

    /// <inheritdoc/>
    public bool MovesPixels => true;

    /// <inheritdoc/>
    public AugmentedBatch Apply(AugmentedBatch batch, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var (rows, channels, height, width) = (batch.Images.shape[0], batch.Images.shape[1], batch.Images.shape[2],
            batch.Images.shape[3]);
        var padded = nn.functional.pad(batch.Images, [Padding, Padding, Padding, Padding]);
        var device = batch.Images.device;
        var top = Pixels.Random(rows, 2 * Padding + 1, device, random) + Pixels.Along(2, height, device);
        var left = Pixels.Random(rows, 2 * Padding + 1, device, random) + Pixels.Along(3, width, device);
        var places = (top * (width + 2 * Padding) + left).reshape(rows, 1, height * width)
            .expand(rows, channels, height * width);
        var images = padded.flatten(2).gather(2, places).reshape(batch.Images.shape);
        return batch with { Images = images.MoveToOuterDisposeScope() };
    }
}
