using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Reports.Examinations;

/// <summary>Measures, once, what a run's own files do not hold. Several processes share it.</summary>
/// <param name="options">What to measure.</param>
/// <param name="progress">Takes a line about each metric that is measured.</param>
/// <param name="warn">Takes what the report lacks, and why.</param>
internal sealed class RunExamination(ReportOptions options, Action<string> progress, Action<string> warn)
{
    private const string Lacks = "The report has no accuracy against ε and no examples";

    private readonly Collectives processes = options.Processes;

    /// <summary>Measures where that was not done for this state of the run; every process calls it.</summary>
    /// <param name="read">Reads the run's folder, in the first process.</param>
    /// <returns>Whether something was measured.</returns>
    /// <exception cref="NonFiniteLogitsException">The network's logits are NaN or infinite at some images.</exception>
    /// <exception cref="TrainerException">One of several processes cannot measure.</exception>
    public bool Run(Func<RunRecord> read)
    {
        RunRecord? run = null;
        if (options.Examples == 0 || processes.Checkpoint(() => Try(() => Find(run = read()))) is not { } checkpoint)
            return false;
        // The others would wait for one that continued without them.
        if (processes.Size == 1)
            return Try(Measured) is not null;
        Measured();
        return true;

        RunExamination Measured()
        {
            Measure(checkpoint, run);
            return this;
        }
    }

    /// <summary>The checkpoint that is to be measured; null for none.</summary>
    private Checkpoint? Find(RunRecord run)
    {
        var store = new CheckpointStore(run.Folder, new(), _ => { });
        // The record's own reading has named those that are damaged.
        if ((store.FindBest(_ => { }) ?? store.FindNewest(_ => { })) is not { } checkpoint)
        {
            warn($"{Lacks}: the run has no checkpoint yet.");
            return null;
        }
        return run.Examination is { } known && known.Identity == checkpoint.Identity
            && known.Requested == options.Examples
            && known.Evaluations.SequenceEqual(Examiner.Finished(Evaluations(run.Folder))) ? null : checkpoint;
    }

    private void Measure(Checkpoint checkpoint, RunRecord? run)
    {
        var recipe = RecipeLoader.FromText<Recipe>(
            checkpoint.State.Recipe.ToJsonString(), checkpoint.Path, options.Registry).Value;
        var places = ProcessPlaces.Of(processes);
        var device = DeviceChoice.Resolve(options.Device ?? recipe.Device, localRank: places.LocalRank);
        Threads.Use(ProcessThreads.ForEvaluation(processes, places, options.Threads, checkpoint.State.Threads));
        using var data = recipe.Data.LoadTest(options.DataRoots).To(device);
        StoredData.CheckTest(checkpoint, data);
        if (Shortage.Of("examples", options.Examples, data.Test.Count, "test image") is { } shortage)
            progress(shortage);
        var evaluations = run is null ? null : Evaluations(run.Folder);
        var found = new Examiner(checkpoint, recipe, data, device, evaluations, progress) { Processes = processes }
            .Run(options.Examples, run?.Examination);
        // No other process waits for the file.
        Try(() =>
        {
            found?.Write(run!.Folder);
            return found;
        });
    }

    private T? Try<T>(Func<T?> action)
        where T : class
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is TrainerException and not NonFiniteLogitsException
            or IOException or UnauthorizedAccessException)
        {
            warn($"{Lacks} of this state of the run: {exception.Message}");
            return null;
        }
    }

    private static string Evaluations(string folder) => Path.Combine(folder, RunFileNames.Evaluations);
}
