using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>How often to write a line.</summary>
/// <param name="EverySteps">Steps between lines of metrics.jsonl. Metrics are read from the device only then.</param>
/// <param name="TensorBoard">Whether event files for TensorBoard are written, too.</param>
/// <param name="ReportExamples">How many of the first test images the report at the run's end measures accuracy against ε
/// on; 0 for none.</param>
public sealed record LoggingOptions(int EverySteps = 20, bool TensorBoard = true, int ReportExamples = 500)
{
    /// <summary>Steps between lines of metrics.jsonl.</summary>
    [AtLeast(1)]
    public int EverySteps { get; init; } = Require.AtLeast(1, EverySteps);

    /// <summary>Test images for the report.</summary>
    [AtLeast(0)]
    public int ReportExamples { get; init; } = Require.AtLeast(0, ReportExamples);
}
