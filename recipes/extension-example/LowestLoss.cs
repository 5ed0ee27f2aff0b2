using Trainer.Engine.Training;
using Trainer.Robustness.Components;

namespace Stripes;

/// <summary>Remembers the lowest loss of a logging interval and writes it to a file at the end.</summary>
[Component("lowest-loss")]
public sealed record LowestLoss : IHook
{
    /// <summary>The file.</summary>
    public string File { get; init; } = "lowest-loss.txt";

    /// <inheritdoc/>
    public TrainingHook Start() => new LowestLossHook(File);
}
