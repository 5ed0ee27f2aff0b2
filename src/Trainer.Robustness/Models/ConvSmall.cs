using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// Two 4×4 convolutions of stride 2 with 16 and 32 channels, then fully connected layers of 100 and K, with ReLU: the
/// small network of Wong and Kolter 2018 (arXiv:1711.00851) and of Croce et al. 2019 (MMR, arXiv:1810.07481).
/// </summary>
[Component("conv-small")]
public sealed record ConvSmall : TrainableArchitecture, IArchitecture
{
    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => images is { Height: >= 4, Width: >= 4 }
        ? new ConvSmallNetwork(images, classes)
        : throw new ArgumentException($"Found images of {images}, expected at least 4×4 pixels for conv-small.");

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes) =>
        shapes.Size("conv1.weight", 0) == ConvSmallNetwork.FirstChannels ? [this] : [];
}
