using System.Collections.Concurrent;
using System.Globalization;
using TorchSharp;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Signals;
using Trainer.Engine.Studies;
using Trainer.Recipes;
using Trainer.Reports.Studies;

namespace Trainer.Cli.Studies;

/// <summary>
/// Every run of a study that is not finished, several at a time, each in a process of its own. A run that fails does
/// not keep the others from running.
/// </summary>
/// <param name="study">The study.</param>
/// <param name="folder">Where it keeps its runs.</param>
/// <param name="parallel">How many run at a time.</param>
internal sealed class StudyRun(LoadedStudy study, StudyFolder folder, int parallel)
{
    private readonly ConcurrentQueue<StudyCell> waiting = [];
    private readonly ConcurrentBag<string> failed = [];
    private readonly ConcurrentBag<(string Failure, int ExitCode)> unsaved = [];
    private readonly Lock printing = new();

    /// <summary>Why a run is not trained again.</summary>
    public static string Collapsed(StudyCell cell) =>
        $"{cell.Name}: training collapsed, and the run has stopped. See the report. With guard.onCollapse=ignore "
        + "in the study's \"set\" the same command resumes it, unless numbers were not finite.";

    /// <summary>Why no run of a recipe but its trials is trained.</summary>
    public static string NothingSelected(string recipe) => $"no setting of {recipe} can be selected, because each has "
        + "a trial that collapsed or lacks the metric (select.by). See the report.";

    /// <summary>Runs them, then writes the report.</summary>
    /// <returns>
    /// 0 where all are finished; after a signal 128 and its number, or the exit code of a run that was not saved; 1
    /// where a run failed or collapsed.
    /// </returns>
    public int Run()
    {
        var run = RunFolder.In(folder.Path);
        using var taken = RunLock.Take(run);
        if (taken.Doubt is { } doubt)
            Console.Error.WriteLine($"warning: {doubt}");
        folder.Store(study.Resolved);
        foreach (var other in folder.Others(study.Cells))
            Console.Error.WriteLine($"note: the run folder {other} is of no run of this study");
        using var stop = new StopRequests();
        var trials = study.Cells.Where(cell => cell.IsTrial).ToList();
        var selects = study.Resolved.Value.Select is not null;
        Train(
            trials, skipFinal: selects, stop,
            count => $"{Quantity.Of(trials.Count, "run")} in {folder.Path}, {count} to train");
        if (stop.Stop is null && selects)
        {
            var needed = study.Needed(folder);
            // A trial that failed is named by itself; one that cannot be read, by a warning.
            var noTrialFailed = failed.IsEmpty;
            foreach (var recipe in RecipesThat(CellNeed.NothingSelected, needed))
                failed.Add(NothingSelected(recipe));
            if (noTrialFailed)
                foreach (var recipe in RecipesThat(CellNeed.Training, needed))
                    failed.Add($"no setting of {recipe} is selected, because not all of its trials can be read. "
                        + "See the warnings.");
            Train(
                [.. study.Cells.Where(cell => needed.NeedOf(cell) == CellNeed.Needed)], skipFinal: false, stop,
                count => $"selected: {string.Join(", ", needed.Selected.DefaultIfEmpty("no setting"))}; "
                    + $"{Quantity.Of(count, "run")} to train or to evaluate");
        }
        if (stop.Stop is { } signal)
            return Stopped(signal);
        StudyReportCommand.Write(study.Resolved.Value, folder, study.Registry, times: true);
        foreach (var line in failed.Order(StringComparer.Ordinal))
            Console.Error.WriteLine($"{CommandLine.ErrorPrefix}{line}");
        return failed.IsEmpty ? 0 : (int)ErrorKind.Other;
    }

    private int Stopped(StopSignal signal)
    {
        foreach (var (failure, _) in unsaved.Order())
            Console.Error.WriteLine($"{CommandLine.ErrorPrefix}{failure}");
        var name = StopRequests.NameOf(signal);
        Print(unsaved.IsEmpty ? $"Stopped by {name}, with the runs saved. Run the same command to resume."
            : $"Stopped by {name}; {Quantity.Of(unsaved.Count, "run")} could not be saved. Run the same command to "
            + "resume, what was not saved from the checkpoint before.");
        return unsaved.IsEmpty ? StopRequests.ExitCode(signal) : unsaved.Min().ExitCode;
    }

    private IEnumerable<string> RecipesThat(CellNeed need, NeededCells needed) =>
        study.Cells.Where(cell => needed.NeedOf(cell) == need).Select(cell => cell.Recipe).Distinct();

    /// <summary>
    /// The first seed of every setting, then the second: an interrupted study can compare the settings.
    /// </summary>
    private static IEnumerable<StudyCell> BySeeds(IEnumerable<StudyCell> cells) => cells
        .GroupBy(cell => (cell.Recipe, cell.Setting)).SelectMany(setting => setting.Index())
        .OrderBy(run => run.Index).Select(run => run.Item);

    private void Train(IReadOnlyList<StudyCell> cells, bool skipFinal, StopRequests stop, Func<int, string> line)
    {
        foreach (var cell in BySeeds(cells))
        {
            var state = folder.StateOf(cell);
            if (state.Progress == CellProgress.Collapsed)
                failed.Add(Collapsed(cell));
            else if (state.Progress == CellProgress.Finished ? !folder.HasReport(cell)
                : state.Progress != CellProgress.Trained || !skipFinal)
                waiting.Enqueue(cell);
        }
        Print(line(waiting.Count));
        Task.WaitAll([.. Enumerable.Range(0, Math.Min(parallel, Math.Max(1, waiting.Count)))
            .Select(slot => Task.Factory.StartNew(
            () => Work(slot, skipFinal, stop), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default))]);
    }

    private void Work(int slot, bool skipFinal, StopRequests stop)
    {
        while (stop.Stop is null && waiting.TryDequeue(out var cell))
        {
            AwaitFree(cell, stop);
            if (stop.Stop is not null)
                return;
            Print($"{cell.Name} begins or resumes");
            var outcome = Train(cell, skipFinal, slot, stop);
            var failure = $"{cell.Name}: exit code {outcome.ExitCode}: {outcome.Error}";
            if (outcome.ExitCode == 0)
                Print($"{cell.Name} is {(skipFinal ? "trained" : "finished")}");
            else if (stop.Stop is null && folder.StateOf(cell).Progress == CellProgress.Collapsed)
            {
                failed.Add(Collapsed(cell));
                Print(Collapsed(cell));
            }
            else if (stop.Stop is null)
            {
                failed.Add(failure);
                Print($"{cell.Name} failed with exit code {outcome.ExitCode}: {outcome.Error}");
            }
            else if (!StopRequests.IsExitCode(outcome.ExitCode))
                unsaved.Add((failure, outcome.ExitCode));
        }
    }

    private CellOutcome Train(StudyCell cell, bool skipFinal, int slot, StopRequests stop)
    {
        try
        {
            return CellProcess.Run(
                [.. CellCommand.Of(cell, folder, study.Extensions, skipFinal), .. Share(cell, slot)],
                () => stop.Stop is not null);
        }
        catch (TrainerException exception)
        {
            return new((int)exception.Kind, exception.Message);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            return new((int)ErrorKind.Other, exception.Message);
        }
    }

    /// <summary>Threads and device of the runs beside each other. A run that is resumed keeps its threads.</summary>
    private IEnumerable<string> Share(StudyCell cell, int slot)
    {
        var threads = folder.StateOf(cell).Threads ?? Math.Max(1, Threads.Default / parallel);
        yield return "--threads";
        yield return threads.ToString(CultureInfo.InvariantCulture);
        if (parallel > 1 && DeviceChoice.Resolve(study.RecipeOf(cell).Value.Device).type == DeviceType.CUDA
            && cuda.device_count() is > 1 and var count)
        {
            yield return "--set";
            yield return $"device=cuda:{slot % count}";
        }
    }

    /// <summary>
    /// Waits until no process has the run: one of a study that was killed saves its run and ends soon.
    /// </summary>
    private void AwaitFree(StudyCell cell, StopRequests stop)
    {
        var isTold = false;
        while (stop.Stop is null && Directory.Exists(folder.Of(cell)) && RunLock.OwnerOf(folder.Of(cell)) is { } owner)
        {
            if (!isTold)
                Print($"{cell.Name} is in use by {owner}: waiting for it to end");
            isTold = true;
            Thread.Sleep(200);
        }
    }

    private void Print(string line)
    {
        lock (printing)
            Console.Out.WriteLine(line);
    }
}
