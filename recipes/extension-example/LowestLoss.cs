using Trainer.Engine.Training;
using Trainer.Robustness.Components;

namespace Stripes;

/// <summary>Remembers the lowest loss of a logging interval and writes it to a file at the end.</summary>
/// <param name="File">The file.</param>
[Component("lowest-loss")]
public sealed record LowestLoss(string File = "lowest-loss.txt") : IHook
{
    /// <inheritdoc/>
    public TrainingHook Start() => new LowestLossHook(File);
}
