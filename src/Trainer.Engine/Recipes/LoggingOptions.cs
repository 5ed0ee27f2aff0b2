using Trainer.Robustness.Components;

namespace Trainer.Engine.Recipes;

/// <summary>How often to write a line.</summary>
/// <param name="EverySteps">Steps between lines of metrics.jsonl. Figures are read from the device only then.</param>
/// <param name="TensorBoard">Whether event files for TensorBoard are written, too.</param>
public sealed record LoggingOptions(int EverySteps = 20, bool TensorBoard = true)
{
    /// <summary>Steps between lines of metrics.jsonl.</summary>
    [AtLeast(1)]
    public int EverySteps { get; init; } = Require.AtLeast(1, EverySteps);
}
