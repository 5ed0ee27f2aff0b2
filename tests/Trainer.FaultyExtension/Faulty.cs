using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Faulty;

/// <summary>A linear network that makes a mistake.</summary>
[Component("faulty")]
public sealed record Faulty : IArchitecture
{
    /// <summary>Which.</summary>
    public Mistake Mistake { get; init; } = Mistake.None;

    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) =>
        new FaultyNetwork(images.Channels * images.Height * images.Width, classes, Mistake);
}
