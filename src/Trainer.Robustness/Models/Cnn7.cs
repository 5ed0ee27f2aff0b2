using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// The network of certified training (Gowal et al. 2018, arXiv:1810.12715, with the batch norm of Shi et al. 2021,
/// arXiv:2103.17268): 3×3 convolutions of w, w, 2w, 2w and 2w channels, the third of stride 2, then fully connected
/// layers of 512 and K, each but the last with batch norm and ReLU. Its initial weights are Shi et al.'s for interval
/// bounds.
/// </summary>
[Component("cnn7")]
public sealed record Cnn7 : TrainableArchitecture, IArchitecture
{
    /// <summary>w: channels of the first two convolutions; the others have twice as many.</summary>
    [AtLeast(1)] public int Width { get; init => field = Require.AtLeast(1, value); } = 64;

    /// <summary>Units of the hidden fully connected layer.</summary>
    [AtLeast(1)] public int Hidden { get; init => field = Require.AtLeast(1, value); } = 512;

    /// <summary>Mean and deviation of the images' channels, applied before the network; null for none.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => new CertifiedNetwork("cnn7", images, new(
        [(Width, 3, 1), (Width, 3, 1), (2L * Width, 3, 2), (2L * Width, 3, 1), (2L * Width, 3, 1)],
        [Hidden]), classes);

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes)
    {
        var (width, hidden) = (shapes.Size("features.conv1.weight", 0), shapes.Size("classifier.fc1.weight", 0));
        return width >= 1 && hidden >= 1 && shapes.IsSquare("features.conv5.weight", 2L * width)
            ? [new Cnn7 { Width = width, Hidden = hidden }] : [];
    }
}
