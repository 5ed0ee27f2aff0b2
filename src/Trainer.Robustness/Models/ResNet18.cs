using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// ResNet-18 (He et al. 2015, arXiv:1512.03385) for small images: its first layer is a 3×3 convolution of stride 1, and
/// no pooling follows it.
/// </summary>
[Component("resnet-18")]
public sealed record ResNet18 : TrainableArchitecture, IArchitecture
{
    /// <summary>Channels of the first group; each next group has twice as many.</summary>
    [AtLeast(1)] public int Width { get; init => field = Require.AtLeast(1, value); } = 64;

    /// <summary>Mean and deviation of the images' channels, applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => new ResNet18Network(images, classes, Width);

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var width = shapes.Size("conv1.weight", 0);
        return width >= 1 && shapes.IsSquare("layer4.1.conv2.weight", 8L * width)
            ? [new ResNet18 { Width = width }] : [];
    }
}
