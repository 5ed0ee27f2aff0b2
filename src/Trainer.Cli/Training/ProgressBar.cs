using Spectre.Console;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;

namespace Trainer.Cli.Training;

/// <summary>Progress in a terminal: a bar for each epoch with its figures and the time left; a line for each epoch that is done.</summary>
internal sealed class ProgressBar(IAnsiConsole screen) : TrainingHook
{
    private ProgressContext? context;
    private ProgressTask? task;

    /// <summary>Shows the bar while a run goes on.</summary>
    public RunOutcome Around(Func<RunOutcome> run) => screen.Progress()
        .AutoClear(true)
        .HideCompleted(true)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new RemainingTimeColumn())
        .Start(started =>
        {
            context = started;
            return run();
        });

    public override void OnEpochStart(TrainingRun run)
    {
        task = context?.AddTask($"epoch {run.Position.Epoch + 1}/{run.Recipe.Train.Epochs}", maxValue: run.Sampler.StepsPerEpoch);
        if (task is not null)
            task.Value = run.Position.StepInEpoch;
    }

    public override void OnStep(TrainingRun run) => task?.Increment(1);

    public override void OnInterval(TrainingRun run, StepMetrics metrics)
    {
        if (task is not null)
            task.Description = $"epoch {metrics.Epoch + 1}/{run.Recipe.Train.Epochs} {Markup.Escape(Figures.Of(metrics))}";
    }

    public override void OnEpochEnd(TrainingRun run, EpochMetrics metrics)
    {
        task?.StopTask();
        screen.MarkupLine($"epoch {metrics.Epoch}/{run.Recipe.Train.Epochs} {Markup.Escape(Figures.Of(metrics))}");
    }

    public override void OnFinal(TrainingRun run, FinalMetrics metrics) =>
        screen.MarkupLine($"test, {metrics.Checkpoint} {Markup.Escape(Figures.Of(metrics.Test))}");
}
