using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// The cross-covariance image transformer (El-Nouby et al. 2021, arXiv:2106.09681) with the keys of timm and of
/// RobustBench, as Debenedetti et al. 2022 (arXiv:2209.07399) train it adversarially. By default the small one,
/// XCiT-S12; dim 512 makes XCiT-M12, dim 768 with 16 heads XCiT-L12. Initial weights are timm's. On small images the
/// stem's first convolutions have stride 1, as in the public networks for CIFAR-10. Not supported are the stem of fewer
/// convolutions that the original paper has for patches of 8 pixels, and the smallest network, XCiT-N12, which
/// normalises the class token alone.
/// </summary>
[Component("xcit")]
public sealed record Xcit : TrainableArchitecture, IArchitecture
{
    private const int StemConvolutions = 4;

    /// <summary>The channels of each token: a multiple of 8, of which the stem's convolutions have shares.</summary>
    [AtLeast(1)] public int Dim { get; init => field = Require.AtLeast(1, value); } = 384;

    /// <summary>How many blocks of cross-covariance attention there are.</summary>
    [AtLeast(1)] public int Depth { get; init => field = Require.AtLeast(1, value); } = 12;

    /// <summary>The heads of each attention, of which <see cref="Dim"/> is a multiple.</summary>
    [AtLeast(1)] public int Heads { get; init => field = Require.AtLeast(1, value); } = 8;

    /// <summary>How many blocks of class attention follow (Touvron et al. 2021, arXiv:2103.17239).</summary>
    [AtLeast(1)] public int ClassBlocks { get; init => field = Require.AtLeast(1, value); } = 2;

    /// <summary>
    /// What the factor of each channel begins with, by which a block's layers are multiplied before they are added
    /// (LayerScale). Published networks of 12 blocks begin with 1, those of 24 with 1e-5.
    /// </summary>
    [Positive] public double LayerScale { get; init => field = Require.Positive(value); } = 1;

    /// <summary>
    /// The side of the square of pixels that the stem makes one token of: 16, 8, 4, 2 or 1; null for 16 where the
    /// images have at least 112 pixels a side, and for 4 where they are smaller. Weights do not show it.
    /// </summary>
    public int? PatchSize { get; init => field = TokenPatches.Checked(value); }

    /// <summary>
    /// The probability that training leaves out each of the three parts of a block for an image: the same in all blocks
    /// of cross-covariance attention, and 0 in those of class attention.
    /// </summary>
    [Between(0, 1)] public double DropPath { get; init => field = Require.Between(0, 1, value); }

    /// <summary>
    /// Mean and deviation of the images' channels, applied before the network; null for none, as in the published
    /// networks for ImageNet.
    /// </summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes)
    {
        const int parts = 1 << (StemConvolutions - 1);
        if (Dim % parts != 0 || Dim % Heads != 0)
            throw new ArgumentException($"Found a dim of {Dim} for xcit, expected a multiple of {parts}, for its stem, "
                + $"and of heads, which is {Heads}.");
        var patch = PatchSize ?? TokenPatches.SizeFor(images);
        var convolutions = ConvolutionalStem.Strides(StemConvolutions, patch)
            .Select((stride, place) => ((long)Dim / parts << place, stride));
        return new XcitNetwork(
            new(images.Channels, [.. convolutions]), new(Dim, Patches(images.Height), Patches(images.Width)),
            Enumerable.Range(0, Depth).Select(_ => new CrossCovarianceBlock(Dim, Heads, LayerScale, DropPath)),
            Enumerable.Range(0, ClassBlocks).Select(_ => new ClassAttentionBlock(Dim, Heads, LayerScale)),
            Dim, classes);

        long Patches(long side) => TokenPatches.Along(side, patch);
    }

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var dim = shapes.Size("cls_token", 2);
        var heads = shapes.Size("blocks.0.attn.temperature", 0);
        var depth = shapes.CountSquare(block => $"blocks.{block}.attn.proj.weight", dim);
        var classBlocks = shapes.CountSquare(block => $"cls_attn_blocks.{block}.attn.proj.weight", dim);
        // The weights of XCiT-N12 fit, and its logits would be others.
        var isSmallest = (dim, heads) == (128, 4);
        return dim >= 1 && heads >= 1 && depth >= 1 && classBlocks >= 1 && !isSmallest
            ? [new Xcit { Dim = dim, Depth = depth, Heads = heads, ClassBlocks = classBlocks }] : [];
    }
}
