using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Benchmarks.Components;

/// <summary>Two fully connected layers: so little arithmetic that the cost of calling it shows.</summary>
[Component("mlp")]
public sealed record Mlp : IArchitecture
{
    /// <summary>Width of the hidden layer.</summary>
    public int Hidden { get; init; } = 64;

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => nn.Sequential(
        nn.Flatten(), nn.Linear(images.Channels * images.Height * images.Width, Hidden), nn.ReLU(),
        nn.Linear(Hidden, classes));
}
