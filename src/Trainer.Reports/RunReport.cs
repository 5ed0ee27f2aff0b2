using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Storage;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Reports.Examinations;
using Trainer.Reports.Pages;
using Trainer.Robustness.Components;

namespace Trainer.Reports;

/// <summary>
/// Writes a run's report.html. What the run's own files do not hold is measured on a few test images, once.
/// </summary>
public static class RunReport
{
    /// <summary>Writes the page, replacing an earlier one.</summary>
    /// <param name="path">The run folder, of a finished run or of one under way.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="progress">Takes a line about each metric that is measured.</param>
    /// <param name="warn">Takes what the page lacks, and why.</param>
    /// <returns>The page's file.</returns>
    /// <exception cref="TrainerException">It is no run folder, or the page cannot be written.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    public static string Write(string path, ReportOptions options, Action<string> progress, Action<string> warn)
    {
        var run = RunRecord.Read(path, damaged => warn($"{damaged}"));
        var page = Path.Combine(run.Folder, RunFileNames.Report);
        Destination.CheckFile("report", page);
        try
        {
            if (options.Examples > 0 && Examine(run, options, progress, warn))
                run = RunRecord.Read(path, _ => { });
        }
        catch (TrainerException exception) when (exception is not NonFiniteLogitsException)
        {
            warn($"The report has no accuracy against ε and no examples of this state of the run: {exception.Message}");
        }
        try
        {
            AtomicFile.Write(page, ReportPage.Of(run));
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Other, $"'{page}' cannot be written: {exception.Message.TrimEnd('.')}. Make room, "
                + "or make the folder writable.", exception);
        }
        return page;
    }

    /// <returns>Whether something was measured.</returns>
    private static bool Examine(RunRecord run, ReportOptions options, Action<string> progress, Action<string> warn)
    {
        var store = new CheckpointStore(run.Folder, new(), _ => { });
        // The record's own reading has named those that are damaged.
        if ((store.FindBest(_ => { }) ?? store.FindNewest(_ => { })) is not { } checkpoint)
        {
            warn("The report has no accuracy against ε and no examples: the run has no checkpoint yet.");
            return false;
        }
        var evaluations = Path.Combine(run.Folder, RunFileNames.Evaluations);
        if (run.Examination is { } known && known.Identity == checkpoint.Identity && known.Requested == options.Examples
            && known.Evaluations.SequenceEqual(Examiner.Finished(evaluations)))
            return false;
        var recipe = RecipeLoader.FromText<Recipe>(
            checkpoint.State.Recipe.ToJsonString(), checkpoint.Path, options.Registry).Value;
        var device = DeviceChoice.Resolve(options.Device ?? recipe.Device);
        Threads.Use(Threads.Choose(options.Threads, checkpoint.State.Threads));
        using var data = recipe.Data.LoadTest(options.DataRoots).To(device);
        StoredData.CheckTest(checkpoint, data);
        if (Shortage.Of("examples", options.Examples, data.Test.Count, "test image") is { } shortage)
            progress(shortage);
        new Examiner(checkpoint, recipe, data, device, evaluations, progress).Run(options.Examples, run.Examination)
            .Write(run.Folder);
        return true;
    }
}

/// <summary>What a report may measure, and with what.</summary>
/// <param name="Registry">The components that the run's recipe may name.</param>
/// <param name="Examples">
/// How many of the first test images accuracy against ε is measured on; 0 measures nothing.
/// </param>
/// <param name="DataRoots">Folders in which data sets are looked for.</param>
/// <param name="Device">Where to measure; null for the recipe's device.</param>
/// <param name="Threads">How many CPU threads; null for OMP_NUM_THREADS, else the run's number.</param>
public sealed record ReportOptions(
    ComponentRegistry Registry, int Examples, IReadOnlyList<string> DataRoots, string? Device = null,
    int? Threads = null);
