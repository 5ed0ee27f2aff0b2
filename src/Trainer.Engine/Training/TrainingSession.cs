using System.Text.Json.Nodes;
using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Metrics;
using Trainer.Engine.Signals;
using Trainer.Engine.Storage;
using Trainer.Engine.Training.Collapse;
using Trainer.Recipes;
using Trainer.Robustness.Components;
using Trainer.Robustness.Native;

namespace Trainer.Engine.Training;

/// <summary>A recipe in its run folder, at its beginning or resumed from a checkpoint.</summary>
public sealed class TrainingSession : IDisposable
{
    private readonly OwnedResources owned;
    private readonly TrainingRun run;
    private readonly TrainingLoop loop;
    private readonly ILogger log;

    private TrainingSession(OwnedResources owned, RunFolder folder, TrainingRun run, TrainingLoop loop, ILogger log) =>
        (this.owned, Folder, this.run, this.loop, this.log) = (owned, folder, run, loop, log);

    /// <summary>
    /// Prepares everything. Nothing is created on disk before device, data and network are known to be sound, so the
    /// checkpoint is loaded into a network that was already built.
    /// </summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <param name="options">How to run it here.</param>
    /// <param name="hooks">
    /// Additions to the loop for a run folder, called after validation and before the recipe's own; disposed with the
    /// session.
    /// </param>
    /// <param name="log">Takes what happens.</param>
    /// <param name="ready">Called when everything is sound and before anything is created: it may throw.</param>
    /// <exception cref="TrainerException">Device, data, network, run folder or checkpoint are at fault.</exception>
    public static TrainingSession Open(
        ResolvedRecipe<Recipe> recipe, ComponentRegistry registry, SessionOptions options,
        Func<string, IReadOnlyList<TrainingHook>> hooks, ILogger log, Action? ready = null)
    {
        var owned = new OwnedResources();
        try
        {
            if (options.RunFolder is null)
                RunFolder.CheckName(recipe.Value.Name);
            var processes = options.Processes;
            var places = ProcessPlaces.Of(processes);
            var device = DeviceChoice.Resolve(recipe.Value.Device, localRank: places.LocalRank);
            var data = DataSplits.Load(recipe.Value.Data, options.DataRoots ?? []);
            var run = owned.Add(new TrainingRun(
                recipe.Value, data, device, ResumePoint.IsLikely(options, recipe.Value.Name), processes));
            EqualStart.Check(processes, places, new Dictionary<string, string>
            {
                [EqualStart.Recipe] = recipe.Hash,
                [EqualStart.Data] = run.Data.Fingerprint,
                [$"{EqualStart.Data} of the test"] = run.Data.TestFingerprint,
                ["file of weights to begin with"] = run.Model.InitialFingerprint ?? "none",
                ["device"] = $"{device.type}",
            });
            if (processes.IsFirst)
                ready?.Invoke();
            TrainingChecks.CheckUnits(run);
            SmallBatchTrial.Run(run);
            ValidationHook.Try(run);
            if (OneDnn.IsDisabled)
                log.Information("oneDNN is off: {Explanation:l}", OneDnn.Explanation);

            RunLock? taken = null;
            var folder = RunFolder.Of(processes.Broadcast(
                () => (taken = owned.Add(Take(recipe.Value, options, log))).Folder.Path));
            var retention = new Retention(recipe.Value.Checkpoint.KeepLast, recipe.Value.Checkpoint.KeepBest);
            var store = new CheckpointStore(folder.Path, retention, log.Warning);
            var resume = ResumePoint.Open(
                () => Find(folder, store), store, recipe, registry, run, options.AllowRecipeChange);

            var stop = new RunRequests(owned.Add(new StopRequests()), processes)
            {
                Ending = signal => SessionLog.Stopped(signal, run, log, options.Ending),
            };
            IReadOnlyList<TrainingHook> all =
            [
                new ValidationHook(stop),
                .. processes.IsFirst ? [new CollapseRecorder(folder, log), new UsageRecorder(folder, log)]
                    : (TrainingHook[])[],
                .. processes.IsFirst ? hooks(folder.Path).Select(owned.Add) : [],
                .. processes.IsFirst ? recipe.Value.Hooks.Select(hook => owned.Add(hook.Start())) : [],
            ];
            IReadOnlyList<ICheckpointed> parts = [.. run.Parts, .. all.OfType<ICheckpointed>()];
            if (Threads.Invalid(options.Threads) is { } invalid)
                log.Warning("{Invalid:l}", invalid);
            var saved = resume?.Checkpoint.State;
            run.UseThreads(ProcessThreads.ForTraining(
                processes, places, options.Threads, saved is null ? null : (saved.Threads, saved.Processes)));
            resume?.Load(run, parts, options.AllowRecipeChange, log);

            var (isDone, isNew) = (run.Position.Next == NextAction.Done, resume is null);
            if (!isDone)
                TrainingChecks.Run(run, log);
            var journal = owned.Add(new RunJournal(
                processes.IsFirst ? folder : null, resume?.Checkpoint.State.MetricsLength ?? 0, log.Warning));
            if (!isDone && processes.IsFirst)
                WriteRecipe(folder, recipe.Text, log);
            else if (!isNew && processes.IsFirst)
                Complete(folder, resume!, log);
            var saver = processes.IsFirst ? owned.Add(
                new CheckpointSaver(store, Saved) { CheckFolder = () => taken?.CheckFolder() }) : null;
            var saves = new SaveSchedule(run, parts, journal, saver, Provenance(recipe, run, resume));
            var recovery = new CollapseHandler(
                run, parts, store, saves, Damaged, text => log.Warning("{Collapse:l}", text));
            if (!isDone)
                CutMetrics(run, resume, journal, saves);
            var finals = options.SkipFinal ? null : new RunEvaluation(run, store, Damaged, folder, log);
            var loop = owned.Add(new TrainingLoop(run, all, saves, recovery, finals, stop));
            if (isDone)
                SessionLog.End(folder, resume!, recipe, log);
            else
                SessionLog.Beginning(folder, run, isNew, log);
            if (processes.Size > 1)
                log.Information("{Count} processes: {Places:l}", processes.Size, $"{places}");
            return new(owned, folder, run, loop, log);
        }
        catch
        {
            owned.Dispose();
            throw;
        }

        Checkpoint? Find(RunFolder folder, CheckpointStore store)
        {
            store.ClearLeftovers();
            return ResumePoint.Find(folder, store, options, Damaged);
        }

        void Damaged(DamagedCheckpoint damaged)
        {
            log.Warning("{Damaged:l}", damaged);
            damaged.Mark();
        }

        void Saved(SaveReport report)
        {
            if (report.Failure is { } failure)
                log.Error("{Failure:l}", failure);
            else
                log.Information("Saved step {Step} as {Checkpoint:l}", report.Step, report.Name);
        }
    }

    /// <summary>Where the run keeps its files.</summary>
    public RunFolder Folder { get; }

    /// <summary>Trains until the run is finished or a signal asks it to stop. A finished run returns at once.</summary>
    public RunOutcome Run()
    {
        var outcome = loop.Run();
        if (outcome.Signal is { } signal)
            SessionLog.Stopped(signal, run, log);
        return outcome;
    }

    /// <summary>The final measurements of the weights as they are, in their order; none before the run's end.</summary>
    public IReadOnlyList<FinalMetrics> Finals()
    {
        var last = MetricsFile.Read(Folder.Metrics).Reverse().TakeWhile(line => line is FinalMetrics);
        return [.. last.Reverse().Cast<FinalMetrics>()];
    }

    /// <summary>The masking checks of the finished run; none where it had none.</summary>
    public IReadOnlyList<CheckResult> Checks() => CheckReport.Read(Folder.Path);

    /// <inheritdoc/>
    public void Dispose() => owned.Dispose();

    /// <summary>Creates the run folder where it is missing, and keeps other runs out of it.</summary>
    private static RunLock Take(Recipe recipe, SessionOptions options, ILogger log)
    {
        var taken = RunLock.Take(options.RunFolder is { } path
            ? RunFolder.In(path) : RunFolder.Under(options.CheckpointRoot, recipe.Name));
        if (taken.Doubt is { } doubt)
            log.Warning("{Doubt:l}", doubt);
        return taken;
    }

    private static RunProvenance Provenance(
        ResolvedRecipe<Recipe> recipe, TrainingRun run, ResumePoint? resume) => new(
        JsonNode.Parse(recipe.Text)!.AsObject(), recipe.Hash, run.Data.Fingerprint, run.Data.TestFingerprint,
        TorchVersions.All, run.Device.ToString(), get_num_threads(), run.Model.AttackNetwork.Precision,
        resume is null ? run.Model.InitialFingerprint : resume.Checkpoint.State.InitialWeights)
        {
            Processes = run.Processes.Size,
            ClassNames = NamedClasses.Exist(run.Data.Train.ClassNames) ? run.Data.Train.ClassNames : null,
        };

    /// <summary>
    /// Removes the metrics of an epoch that is continued or started again, which a run at this position would not have.
    /// </summary>
    private static void CutMetrics(TrainingRun run, ResumePoint? resume, RunJournal journal, SaveSchedule saves)
    {
        if (resume is null)
            return;
        var length = run.Position.Next == NextAction.Step ? journal.LengthAt(run.Position) : journal.Length;
        // A roll-back, or another start, must not go to a place in the former batches.
        if (run.Processes.Broadcast(() => length < journal.Length))
        {
            saves.CutMetrics(length);
        }
        else if (resume.ChangesBatches)
        {
            saves.Now();
        }
    }

    /// <summary>
    /// Gives the folder of a finished run the files that a checkpoint does not hold, where it begins with one of
    /// another folder.
    /// </summary>
    private static void Complete(RunFolder folder, ResumePoint resume, ILogger log)
    {
        if (!File.Exists(folder.Recipe))
            WriteRecipe(folder, resume.Stored.Text, log);
        var from = Path.Combine(resume.Source, RunFileNames.Checks);
        var to = Path.Combine(folder.Path, RunFileNames.Checks);
        if (File.Exists(from) && !File.Exists(to))
            AtomicFile.WriteResult(to, File.ReadAllText(from));
    }

    /// <summary>Writes the resolved recipe where it is another. A full disk is no reason not to train.</summary>
    private static void WriteRecipe(RunFolder folder, string recipe, ILogger log)
    {
        try
        {
            if (!File.Exists(folder.Recipe) || File.ReadAllText(folder.Recipe) != recipe)
                AtomicFile.WriteInFolder(folder.Recipe, recipe);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            log.Warning(
                "{File:l} cannot be written: {Problem:l}. Every checkpoint holds the recipe, too",
                folder.Recipe, exception.Message.TrimEnd('.'));
        }
    }
}
