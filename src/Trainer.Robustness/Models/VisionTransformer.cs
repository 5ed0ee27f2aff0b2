using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// The vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929) with the convolutional stem of Singh, Croce and
/// Hein 2023 (arXiv:2303.01870), with their keys, which are timm's and RobustBench's. By default the small one,
/// ViT-S-CvSt; dim 768 makes the base one. As in their code the stem begins with PyTorch's initial weights and all
/// other layers with timm's. On small images the stem's first convolutions have stride 1, as Debenedetti et al. 2022
/// (arXiv:2209.07399) adapt transformers to CIFAR-10.
/// </summary>
[Component("vit")]
public sealed record VisionTransformer : TrainableArchitecture, IArchitecture
{
    private const int StemConvolutions = 4;
    private const int UsualHeadDim = 64;

    /// <summary>The channels of each token.</summary>
    [AtLeast(1)] public int Dim { get; init => field = Require.AtLeast(1, value); } = 384;

    /// <summary>How many blocks there are.</summary>
    [AtLeast(1)] public int Depth { get; init => field = Require.AtLeast(1, value); } = 12;

    /// <summary>
    /// The channels of each attention head, of which <see cref="Dim"/> is a multiple. Weights do not show it.
    /// </summary>
    [AtLeast(1)] public int HeadDim { get; init => field = Require.AtLeast(1, value); } = UsualHeadDim;

    /// <summary>The channels of the stem's first convolution; each of the next three has twice as many.</summary>
    [AtLeast(1)] public int StemWidth { get; init => field = Require.AtLeast(1, value); } = 48;

    /// <summary>
    /// The side of the square of pixels that the stem makes one token of: 16, 8, 4, 2 or 1; null for 16 where the
    /// images have at least 112 pixels a side, and for 4 where they are smaller.
    /// </summary>
    public int? PatchSize { get; init => field = TokenPatches.Checked(value); }

    /// <summary>
    /// The probability that training leaves out each half of the last block for an image; from the first block on it
    /// rises in equal steps from 0.
    /// </summary>
    [Between(0, 1)] public double DropPath { get; init => field = Require.Between(0, 1, value); }

    /// <summary>Mean and deviation of the images' channels, applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes)
    {
        if (Dim % HeadDim != 0)
            throw new ArgumentException(
                $"Found a dim of {Dim} for vit, expected a multiple of headDim, which is {HeadDim}.");
        var patch = PatchSize ?? TokenPatches.SizeFor(images);
        var convolutions = ConvolutionalStem.Strides(StemConvolutions, patch)
            .Select((stride, place) => ((long)StemWidth << place, stride));
        return new VisionTransformerNetwork(
            new(images.Channels, [.. convolutions], Dim), Patches(images.Height) * Patches(images.Width), classes, Dim,
            Dim / HeadDim, TransformerInitialisation.DropPaths(DropPath, Depth));

        long Patches(long side) => TokenPatches.Along(side, patch);
    }

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var dim = shapes.Size("pos_embed", 2);
        var depth = shapes.CountSquare(block => $"blocks.{block}.attn.proj.weight", dim);
        var width = shapes.Size("patch_embed.proj.stem.0.weight", 0);
        // Every published one has heads of 64 channels.
        return dim >= 1 && depth >= 1 && width >= 1 ? [new VisionTransformer
        {
            Dim = dim,
            Depth = depth,
            HeadDim = dim % HeadDim == 0 ? HeadDim : dim % UsualHeadDim == 0 ? UsualHeadDim : dim,
            StemWidth = width,
        }] : [];
    }
}
