using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// The network conv-small with batch norm after each convolution: 4×4 convolutions of stride 2 with 16 and 32 channels,
/// then fully connected layers of 100 and K, with ReLU.
/// </summary>
[Component("conv-small-bn")]
public sealed record ConvSmallBn : TrainableArchitecture, IArchitecture
{
    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => images is { Height: >= 4, Width: >= 4 }
        ? new ConvSmallBnNetwork(images, classes)
        : throw new ArgumentException($"Found images of {images}, expected at least 4×4 pixels for conv-small-bn.");
}
