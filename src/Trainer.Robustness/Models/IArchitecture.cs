using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>A description of a network that recipes can name.</summary>
[ComponentKind("models")]
public interface IArchitecture
{
    /// <summary>The normalisation before the network; null for none.</summary>
    Normalisation? Normalisation => null;

    /// <summary>
    /// The forms of this architecture that weights of some shapes may be of: every one that the shapes leave open, and
    /// whatever form it has itself. Whether they fit is found out by building them.
    /// </summary>
    /// <param name="shapes">The shapes of the weights.</param>
    IEnumerable<IArchitecture> FormsOf(WeightShapes shapes) => [this];

    /// <summary>
    /// Makes the network, its parameters drawn from torch's global generator as PyTorch's initialisation does.
    /// </summary>
    /// <param name="images">The shape of the images.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <returns>Maps float32 [N, C, H, W] to logits [N, K].</returns>
    /// <exception cref="ArgumentException">The network cannot take such images.</exception>
    Module Build(ImageShape images, int classes);
}
