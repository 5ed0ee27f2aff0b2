using Trainer.Engine.Data.Encoded;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// A pattern over the whole image, (1 − α) · image + α · pattern; poisoned images get the target's label (Chen et al.
/// 2017, arXiv:1712.05526). The pattern is uniform noise of the seed, or a picture.
/// </summary>
[Component("blended")]
public sealed record Blended : IBackdoor
{
    /// <summary>The class that images with the trigger are to be predicted as.</summary>
    [AtLeast(0)] public required int Target { get; init => field = Require.AtLeast(0, value); }

    /// <summary>The share of all training images that are poisoned.</summary>
    [Fraction] public required double Rate { get; init => field = Require.Fraction(value); }

    /// <summary>The weight α of the pattern.</summary>
    [Between(0, 1)] public double Alpha { get; init => field = Require.Between(0, 1, value); } = 0.2;

    /// <summary>
    /// A PNG or JPEG file, resized to the size of the images; null for noise of the seed, uniform in [0, 1].
    /// </summary>
    [FilePath] public string? Pattern { get; init; }

    /// <summary>Decides, with the data set, which rows are poisoned; and the pattern where it is no file.</summary>
    public long Seed { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Files => Pattern is null ? [] : [Pattern];

    /// <inheritdoc/>
    public IReadOnlyList<string> TriggerFiles => Files;

    /// <inheritdoc/>
    public void Check(ImageShape shape, int classes)
    {
        PoisonFault.CheckTarget(Target, classes);
        if (Pattern is not null && shape.Channels is not (1 or 3))
            throw PoisonFault.Of("pattern", $"found a picture, and the images are {shape}: expected images of 1 or 3 "
                + "channels, or no pattern, for noise");
    }

    /// <inheritdoc/>
    public Tensor Images(PoisonBatch batch) => ((IBackdoor)this).Triggered(batch.Images);

    /// <inheritdoc/>
    public Tensor Labels(PoisonBatch batch) => full_like(batch.Labels, Target);

    /// <inheritdoc/>
    public Tensor Trigger(Tensor images)
    {
        using var scope = NewDisposeScope();
        var pattern = Draw(new(images.shape[1], images.shape[2], images.shape[3]));
        return images.mul(1 - Alpha).add(pattern.mul(Alpha)).MoveToOuterDisposeScope();
    }

    /// <summary>Float64 [1, C, H, W] in [0, 1].</summary>
    private Tensor Draw(ImageShape shape)
    {
        if (Pattern is null)
            return RandomSource.ForBatch(RandomKey.Of(Seed).With("poison").With("pattern"))
                .Uniform(empty([1, shape.Channels, shape.Height, shape.Width], ScalarType.Float64));
        var planes = new byte[shape.Channels * shape.Height * shape.Width];
        OwnData.Read(Pattern, () =>
        {
            var buffers = new ImageBuffers();
            var image = ImageDecoder.Decode(File.ReadAllBytes(Pattern), buffers);
            if (shape.Channels == 1)
                image = image.ToGrey(buffers);
            BilinearResize.Run(image, (int)shape.Width, (int)shape.Height, buffers).CopyPlanes(planes);
            return true;
        });
        return tensor(planes).reshape(1, shape.Channels, shape.Height, shape.Width).to(ScalarType.Float64).div(255);
    }
}
