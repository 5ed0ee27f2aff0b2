using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>How often to write a line.</summary>
public sealed record LoggingOptions
{
    /// <summary>Steps between lines of metrics.jsonl. Metrics are read from the device only then.</summary>
    [AtLeast(1)] public int EverySteps { get; init => field = Require.AtLeast(1, value); } = 20;

    /// <summary>Whether event files for TensorBoard are written, too.</summary>
    public bool TensorBoard { get; init; } = true;

    /// <summary>
    /// How many of the first test images the report at the run's end measures accuracy against ε on; 0 for none.
    /// </summary>
    [AtLeast(0)] public int ReportExamples { get; init => field = Require.AtLeast(0, value); } = 500;
}
