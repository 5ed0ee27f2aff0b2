using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Stripes;

/// <summary>A fully connected network with one hidden layer.</summary>
/// <param name="Hidden">Its hidden units.</param>
[Component("two-layers")]
public sealed record TwoLayers([property: AtLeast(1)] int Hidden = 32) : IArchitecture
{
    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => new TwoLayersNetwork(images, Hidden, classes);
}
