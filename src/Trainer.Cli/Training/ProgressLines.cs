using System.Diagnostics;
using Serilog;
using Trainer.Cli.Evaluation;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;

namespace Trainer.Cli.Training;

/// <summary>Progress outside a terminal: a log line for each epoch, and now and then one within it.</summary>
internal sealed class ProgressLines(ILogger log) : TrainingHook
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();

    public override void OnInterval(TrainingRun run, StepMetrics metrics)
    {
        if (sinceLine.Elapsed < Quiet)
            return;
        sinceLine.Restart();
        log.Information(
            "Epoch {Epoch}, step {Step} of {Steps}: {Metrics:l}", metrics.Epoch + 1, metrics.Step, run.Plan.TotalSteps,
            AccuracyText.Of(metrics));
    }

    public override void OnEpochEnd(TrainingRun run, EpochMetrics metrics)
    {
        sinceLine.Restart();
        log.Information("Epoch {Epoch} of {Epochs}, step {Step}, {Seconds:F1} s: {Metrics:l}",
            metrics.Epoch, run.Plan.Epochs, metrics.Step, metrics.Seconds, AccuracyText.Of(metrics, run.Recipe.Threat));
    }

    public override void OnFinalProgress(TrainingRun run, EvaluationProgress progress)
    {
        if (sinceLine.Elapsed < Quiet)
            return;
        sinceLine.Restart();
        log.Information("Test images, {Progress:l}", EvaluationProgressLine.Of(progress));
    }

    public override void OnFinal(TrainingRun run, FinalMetrics metrics) =>
        log.Information(
        "Test, {Checkpoint:l} checkpoint: {Metrics:l}", metrics.Checkpoint,
        AccuracyText.Of(metrics.Test, metrics.Threat ?? $"{run.Recipe.Threat}"));
}
