using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// The LeNet of MACER (Zhai et al. 2020, arXiv:2001.02378) and of the consistency paper (arXiv:2006.04062): 5×5
/// convolutions of 20 and 50 channels, each with ReLU and a 2×2 max-pooling, then fully connected layers of 500 and K.
/// </summary>
[Component("lenet")]
public sealed record LeNet : TrainableArchitecture, IArchitecture
{
    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => images is { Height: >= 16, Width: >= 16 }
        ? new LeNetNetwork(images, classes)
        : throw new ArgumentException($"Found images of {images}, expected at least 16×16 pixels for lenet.");

    /// <inheritdoc/>
    public IEnumerable<IArchitecture> FormsOf(WeightShapes shapes) =>
        shapes.Size("conv1.weight", 0) == LeNetNetwork.FirstChannels ? [this] : [];
}
