using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// The MNIST network of TRADES (Zhang et al. 2019, arXiv:1901.08573): four 3×3 convolutions of 32, 32, 64 and 64
/// channels, two max-poolings, fully connected layers of 200, 200 and K, dropout 0.5 after the first.
/// </summary>
[Component("small-cnn")]
public sealed record SmallCnn : TrainableArchitecture, IArchitecture
{
    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => images is { Height: >= 16, Width: >= 16 }
        ? new SmallCnnNetwork(images, classes)
        : throw new ArgumentException($"Found images of {images}, expected at least 16×16 pixels for small-cnn.");
}
