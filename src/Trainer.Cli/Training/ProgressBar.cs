using Spectre.Console;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;

namespace Trainer.Cli.Training;

/// <summary>Progress in a terminal: a bar for each epoch with its figures and the time left; a line for each epoch that is done.</summary>
internal sealed class ProgressBar(IAnsiConsole screen) : TrainingHook
{
    /// <summary>The columns that percentage, time left and the gaps between columns take.</summary>
    private const int Others = 18;
    private const int WideScreen = 120;
    private readonly bool wide = screen.Profile.Width >= WideScreen;
    private ProgressContext? context;
    private ProgressTask? task;

    /// <summary>Shows the bar while a run goes on.</summary>
    public RunOutcome Around(Func<RunOutcome> run) => screen.Progress()
        .AutoClear(true)
        .HideCompleted(true)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), new RemainingTimeColumn())
        .Start(started =>
        {
            context = started;
            return run();
        });

    public override void OnEpochStart(TrainingRun run)
    {
        var steps = Math.Min(run.Sampler.StepsPerEpoch, run.TotalSteps - run.Position.Step + run.Position.StepInEpoch);
        task = context?.AddTask($"epoch {run.Position.Epoch + 1}/{run.Recipe.Train.Epochs}", maxValue: steps);
        if (task is not null)
            task.Value = run.Position.StepInEpoch;
    }

    public override void OnStep(TrainingRun run) => task?.Increment(1);

    public override void OnInterval(TrainingRun run, StepMetrics metrics)
    {
        if (task is not null)
            task.Description = Markup.Escape(Fitting($"epoch {metrics.Epoch + 1}/{run.Recipe.Train.Epochs} {(wide ? Figures.Of(metrics) : Figures.Short(metrics))}"));
    }

    public override void OnEpochEnd(TrainingRun run, EpochMetrics metrics)
    {
        task?.StopTask();
        screen.MarkupLine($"epoch {metrics.Epoch}/{run.Recipe.Train.Epochs} {Markup.Escape(Figures.Of(metrics))}");
    }

    private int BarWidth => wide ? 20 : 8;

    /// <summary>A description that leaves the other columns their room, so that no line wraps.</summary>
    private string Fitting(string description)
    {
        var room = Math.Max(10, screen.Profile.Width - BarWidth - Others);
        return description.Length <= room ? description : description[..(room - 1)] + "…";
    }

    public override void OnRollback(TrainingRun run) => task?.StopTask();

    public override void OnFinal(TrainingRun run, FinalMetrics metrics) =>
        screen.MarkupLine($"test, {metrics.Checkpoint} {Markup.Escape(Figures.Of(metrics.Test))}");
}
