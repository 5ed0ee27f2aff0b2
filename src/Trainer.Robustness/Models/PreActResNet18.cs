using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// ResNet-18 with pre-activation blocks (He et al. 2016, arXiv:1603.05027) for small images: a 3×3 convolution of
/// stride 1, four groups of two blocks, average pooling. Published in three forms: Wong et al. 2020 (arXiv:2001.03994)
/// with the shortcut from the input and a final norm; the same without the final norm, which RobustBench loads as
/// Wong2020Fast; Rice et al. 2020 (arXiv:2002.11569) with the shortcut from the activated input and a final norm.
/// </summary>
[Component("preact-resnet-18")]
public sealed record PreActResNet18 : TrainableArchitecture, IArchitecture
{
    /// <summary>Where a block's shortcut begins, if it is a convolution.</summary>
    public ResidualShortcut Shortcut { get; init; } = ResidualShortcut.Activated;

    /// <summary>Whether a norm and an activation come before the pooling.</summary>
    public bool FinalNorm { get; init; } = true;

    /// <summary>Channels of the first group; each next group has twice as many.</summary>
    [AtLeast(1)] public int Width { get; init => field = Require.AtLeast(1, value); } = 64;

    /// <summary>Mean and deviation of the images' channels, applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) =>
        new PreActResNet18Network(images, classes, Shortcut, FinalNorm, Width);

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var width = shapes.Size("conv1.weight", 0);
        return width >= 1 && shapes.IsSquare("layer4.1.conv2.weight", 8L * width)
            ? Enum.GetValues<ResidualShortcut>().Select(shortcut => new PreActResNet18
            {
                Shortcut = shortcut,
                FinalNorm = shapes.Size("bn.weight", 0) > 0,
                Width = width,
            }) : [];
    }
}
