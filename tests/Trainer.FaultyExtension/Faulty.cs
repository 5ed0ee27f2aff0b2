using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Faulty;

/// <summary>A linear network that makes a mistake.</summary>
/// <param name="Mistake">Which.</param>
[Component("faulty")]
public sealed record Faulty(Mistake Mistake = Mistake.None) : IArchitecture
{
    /// <inheritdoc/>
    public Module Build(ImageShape images, int classes) => new FaultyNetwork(images.Channels * images.Height * images.Width, classes, Mistake);
}
