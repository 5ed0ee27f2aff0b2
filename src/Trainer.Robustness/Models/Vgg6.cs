using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// Six 3×3 convolutions without batch norm, the third and the sixth of stride 2, then fully connected layers of 200 and
/// K: the Fashion-MNIST network of Song, Shokri and Mittal 2019 (arXiv:1905.10291).
/// </summary>
[Component("vgg-6")]
public sealed record Vgg6 : TrainableArchitecture, IArchitecture
{
    /// <summary>A sixteenth of the channels of the first three convolutions; the others have twice as many.</summary>
    [AtLeast(1)] public int Width { get; init => field = Require.AtLeast(1, value); } = 16;

    /// <summary>Mean and deviation of the images' channels, applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => new Vgg6Network(images, classes, Width);

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var width = shapes.Size("feature_extractor.conv1.weight", 0) / 16;
        return width >= 1 && shapes.IsSquare("feature_extractor.conv6.weight", 32L * width)
            ? [new Vgg6 { Width = width }] : [];
    }
}
