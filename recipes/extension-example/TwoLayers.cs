using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Stripes;

/// <summary>A fully connected network with one hidden layer.</summary>
[Component("two-layers")]
public sealed record TwoLayers : IArchitecture
{
    /// <summary>Its hidden units.</summary>
    [AtLeast(1)] public int Hidden { get; init => field = Require.AtLeast(1, value); } = 32;

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => new TwoLayersNetwork(images, Hidden, classes);
}
