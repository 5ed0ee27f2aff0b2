using Spectre.Console;
using Spectre.Console.Rendering;
using Trainer.Cli.Evaluation;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;

namespace Trainer.Cli.Training;

/// <summary>
/// Progress in a terminal: a bar for each epoch with its metrics and the time left; a line for each epoch that is done.
/// </summary>
internal sealed class ProgressBar(IAnsiConsole screen) : TrainingHook
{
    /// <summary>The columns that percentage, time left and the gaps between columns take.</summary>
    private const int Others = 18;
    private const int WideScreen = 120;
    private readonly bool wide = screen.Profile.Width >= WideScreen;
    private ProgressContext? context;
    private ProgressTask? task;
    private ProgressTask? measurement;

    /// <summary>Shows the bar while a run is under way.</summary>
    public RunOutcome Around(Func<RunOutcome> run) => screen.Progress()
        .AutoClear(true)
        .HideCompleted(true)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth },
        new WhereKnown(new PercentageColumn()), new WhereKnown(new RemainingTimeColumn()))
        .Start(started =>
        {
            context = started;
            return run();
        });

    public override void OnRunStart(TrainingRun run)
    {
        if (run.Position.Next == NextAction.Evaluate)
            ShowMeasuring(run);
        else if (run.Position.Next == NextAction.Final)
            ShowFinalMeasuring();
    }

    public override void OnEpochStart(TrainingRun run)
    {
        var steps = Math.Min(
            run.Plan.StepsPerEpoch, run.Plan.TotalSteps - run.Position.Step + run.Position.StepInEpoch);
        task = context?.AddTask($"epoch {run.Position.Epoch + 1}/{run.Plan.Epochs}", maxValue: steps);
        if (task is not null)
            task.Value = run.Position.StepInEpoch;
    }

    public override void OnStep(TrainingRun run)
    {
        task?.Increment(1);
        if (run.Position.StepInEpoch >= run.Plan.StepsPerEpoch || run.Position.Step >= run.Plan.TotalSteps)
            ShowMeasuring(run);
    }

    public override void OnInterval(TrainingRun run, StepMetrics metrics)
    {
        if (task is null)
            return;
        task.Description = Markup.Escape(Fitting($"epoch {metrics.Epoch + 1}/{run.Plan.Epochs} "
            + $"{(wide ? AccuracyText.Of(metrics) : AccuracyText.Short(metrics))}"));
        // The timer that draws may be slower than the steps.
        context?.Refresh();
    }

    public override void OnEpochEnd(TrainingRun run, EpochMetrics metrics)
    {
        task?.StopTask();
        measurement?.StopTask();
        var threat = run.Recipe.Threat;
        var accuracy = wide ? AccuracyText.Of(metrics, threat) : AccuracyText.Short(metrics, threat);
        screen.MarkupLine(Markup.Escape($"epoch {metrics.Epoch}/{run.Plan.Epochs} {accuracy}"));
        if (run.IsTrained)
            ShowFinalMeasuring();
    }

    public override void OnFinalProgress(TrainingRun run, EvaluationProgress progress)
    {
        if (measurement is null or { IsFinished: true })
            ShowFinalMeasuring();
        if (measurement is not null)
            measurement.Description = Markup.Escape(Fitting(EvaluationProgressLine.Of(progress)));
    }

    public override void OnFinal(TrainingRun run, FinalMetrics metrics) =>
        screen.MarkupLine(Markup.Escape($"test, {metrics.Checkpoint} "
        + $"{AccuracyText.Of(metrics.Test, metrics.Threat ?? $"{run.Recipe.Threat}")}"));

    public override void OnRunEnd(TrainingRun run) => measurement?.StopTask();

    private int BarWidth => wide ? 20 : 8;

    /// <summary>A description that leaves the other columns their room, so that no line wraps.</summary>
    private string Fitting(string description)
    {
        var room = Math.Max(10, screen.Profile.Width - BarWidth - Others);
        return description.Length <= room ? description : description[..(room - 1)] + "…";
    }

    public override void OnRollback(TrainingRun run)
    {
        task?.StopTask();
        measurement?.StopTask();
    }

    private void ShowMeasuring(TrainingRun run) =>
        ShowMeasuring($"epoch {run.Position.Epoch + 1}/{run.Plan.Epochs} on held-out images");

    private void ShowFinalMeasuring() => ShowMeasuring("final evaluation and masking checks");

    /// <summary>Shows work that is not part of the bar, with what is known of its length.</summary>
    private void ShowMeasuring(string what)
    {
        measurement?.StopTask();
        measurement = context?.AddTask(Markup.Escape(Fitting(what)));
        if (measurement is not null)
            measurement.IsIndeterminate = true;
    }
}

/// <summary>A column that is empty while nobody knows how long its task takes.</summary>
internal sealed class WhereKnown(ProgressColumn column) : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        task.IsIndeterminate ? Text.Empty : column.Render(options, task, deltaTime);

    public override int? GetColumnWidth(RenderOptions options) => column.GetColumnWidth(options);
}
