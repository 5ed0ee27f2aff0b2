using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// ResNet-18 with pre-activation blocks (He et al. 2016, arXiv:1603.05027) for small images: a 3×3 convolution of stride 1,
/// four groups of two blocks, average pooling. Published in three forms: Wong et al. 2020 (arXiv:2001.03994) with the shortcut
/// from the input and a final norm; the same without the final norm, which RobustBench loads as Wong2020Fast; Rice et al. 2020
/// (arXiv:2002.11569) with the shortcut from the activated input and a final norm.
/// </summary>
/// <param name="Shortcut">Where a block's shortcut begins, if it is a convolution.</param>
/// <param name="FinalNorm">Whether a norm and an activation come before the pooling.</param>
/// <param name="Width">Channels of the first group; each next group has twice as many.</param>
/// <param name="Normalisation">Mean and deviation of the images' channels, applied before the network; null for none.</param>
[Component("preact-resnet-18")]
public sealed record PreActResNet18(
    ResidualShortcut Shortcut = ResidualShortcut.Activated, bool FinalNorm = true, int Width = 64, Normalisation? Normalisation = null) : IArchitecture
{
    /// <summary>Channels of the first group.</summary>
    [AtLeast(1)]
    public int Width { get; init; } = Require.AtLeast(1, Width);

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => new PreActResNet18Network(images, classes, Shortcut, FinalNorm, Width);
}
