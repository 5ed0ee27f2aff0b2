using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// A small network for certified training (the form of Zhang et al. 2020, arXiv:1906.06316, with batch norm): a 3×3
/// convolution of 4w channels, a 4×4 one of stride 2, then the same of 8w channels, then fully connected layers of 256,
/// 256 and K, each but the last with batch norm and ReLU. Its initial weights are Shi et al.'s for interval bounds
/// (arXiv:2103.17268).
/// </summary>
[Component("cnn4")]
public sealed record Cnn4 : TrainableArchitecture, IArchitecture
{
    /// <summary>w: a quarter of the channels of the first two convolutions; the others have twice as many.</summary>
    [AtLeast(1)] public int Width { get; init => field = Require.AtLeast(1, value); } = 8;

    /// <summary>Units of each hidden fully connected layer.</summary>
    [AtLeast(1)] public int Hidden { get; init => field = Require.AtLeast(1, value); } = 256;

    /// <summary>Mean and deviation of the images' channels, applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => images is { Height: >= 4, Width: >= 4 }
        ? new CertifiedNetwork("cnn4", images, new(
        [(4L * Width, 3, 1), (4L * Width, 4, 2), (8L * Width, 3, 1), (8L * Width, 4, 2)],
        [Hidden, Hidden]), classes)
        : throw new ArgumentException($"Found images of {images}, expected at least 4×4 pixels for cnn4.");

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var (width, hidden) = (shapes.Size("features.conv1.weight", 0) / 4, shapes.Size("classifier.fc1.weight", 0));
        return width >= 1 && hidden >= 1 && shapes.IsSquare("features.conv4.weight", 8L * width)
            ? [new Cnn4 { Width = width, Hidden = hidden }] : [];
    }
}
