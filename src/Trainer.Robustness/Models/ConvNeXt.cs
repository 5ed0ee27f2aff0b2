using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// ConvNeXt (Liu et al. 2022, arXiv:2201.03545) with the convolutional stem of Singh, Croce and Hein 2023
/// (arXiv:2303.01870), with their keys, which are timm's and RobustBench's. By default the tiny one, ConvNeXt-T-CvSt;
/// depths 3, 3, 27, 3 make the small one; with dims 128, 256, 512, 1024 and three convolutions in the stem it is the
/// base one, with dims 192, 384, 768, 1536 the large one. As in their code the stem begins with PyTorch's initial
/// weights and all other layers with timm's. No form for small images is published: as in the transformers of
/// Debenedetti et al. 2022 (arXiv:2209.07399), the stem's first convolutions have stride 1 then.
/// </summary>
[Component("convnext")]
public sealed record ConvNeXt : TrainableArchitecture, IArchitecture
{
    private const int Stages = 4;
    private const int LeastLargeSide = 112;

    /// <summary>The blocks of each of the four stages.</summary>
    [AtLeast(1)]
    public IReadOnlyList<int> Depths
    {
        get;
        init => field = OfStages(Require.AtLeast(1, value), nameof(Depths));
    } = [3, 3, 9, 3];

    /// <summary>The channels of each of the four stages.</summary>
    [AtLeast(1)]
    public IReadOnlyList<int> Dims
    {
        get;
        init => field = OfStages(Require.AtLeast(1, value), nameof(Dims));
    } = [96, 192, 384, 768];

    /// <summary>
    /// The stem's convolutions: 2, of a half and all of the first stage's channels, or 3, of a half, three quarters and
    /// all of them.
    /// </summary>
    [Between(2, 3)]
    public int StemConvolutions { get; init => field = Require.Between(2, 3, value); } = 2;

    /// <summary>
    /// The side of the square of pixels that the stem makes one of: 4, 2 or 1; null for 4 where the images have at
    /// least 112 pixels a side, and for 2 where they are smaller. Weights do not show it.
    /// </summary>
    public int? PatchSize
    {
        get;
        init => field = value is null or 1 or 2 or 4 ? value : throw new ArgumentOutOfRangeException(
            nameof(PatchSize), value, $"Found {value}, expected 4, 2 or 1.");
    }

    /// <summary>
    /// The probability that training leaves out the last block for an image; from the first block on it rises in equal
    /// steps from 0.
    /// </summary>
    [Between(0, 1)] public double DropPath { get; init => field = Require.Between(0, 1, value); }

    /// <summary>Mean and deviation of the images' channels, applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes)
    {
        var patch = PatchSize ?? (Math.Min(images.Height, images.Width) >= LeastLargeSide ? 4 : 2);
        // Three times the sides are halved, rounded down.
        var least = (7 * patch) + 1;
        if (images.Height < least || images.Width < least)
            throw new ArgumentException($"Found images of {images}, expected at least {least}×{least} pixels for "
                + $"convnext with a patch size of {patch}.");
        var parts = StemConvolutions == 2 ? 2 : 4;
        if (Dims[0] % parts != 0)
            throw new ArgumentException($"Found {Dims[0]} channels in the first stage of convnext, expected a multiple "
                + $"of {parts}, for a stem of {StemConvolutions} convolutions.");
        var strides = ConvolutionalStem.Strides(2, patch).Append(1);
        var channels = Enumerable.Range(parts / 2, parts).Select(part => (long)part * Dims[0] / parts);
        return new ConvNeXtNetwork(
            images.Channels, classes, [.. channels.Zip(strides).Take(StemConvolutions)], Depths, Dims, DropPath);
    }

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        int[] dims = [.. Enumerable.Range(0, Stages).Select(
            stage => shapes.Size($"stages.{stage}.blocks.0.conv_dw.weight", 0))];
        int[] depths = [.. Enumerable.Range(0, Stages).Select(
            stage => shapes.Count(block => $"stages.{stage}.blocks.{block}.gamma"))];
        return dims.Concat(depths).All(size => size >= 1) ? [new ConvNeXt
        {
            Dims = dims,
            Depths = depths,
            StemConvolutions = shapes.Size("stem.stem.6.weight", 0) > 0 ? 3 : 2,
        }] : [];
    }

    private static IReadOnlyList<int> OfStages(IReadOnlyList<int> values, string option) => values.Count == Stages
        ? values : throw new ArgumentException(
        $"Found [{string.Join(", ", values)}], expected {Stages} numbers, one for each stage.", option);
}
