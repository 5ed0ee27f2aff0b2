using System.Text.Json.Nodes;
using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Metrics;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Engine.Signals;
using Trainer.Engine.Storage;
using Trainer.Engine.Training.Collapse;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;
using Trainer.Robustness.Native;

namespace Trainer.Engine.Training;

/// <summary>A recipe in its run folder: begun, or gone on with from a checkpoint.</summary>
public sealed class TrainingSession : IDisposable
{
    private readonly Stack<IDisposable> owned = new();
    private readonly ILogger log;
    private readonly StopRequests stop;
    private readonly TrainingRun run;
    private readonly TrainingLoop loop;

    /// <summary>Prepares everything. Nothing is created on disk before device, data and network are known to be sound.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <param name="options">How to run it here.</param>
    /// <param name="hooks">Additions to the loop for a run folder, called after validation and before the recipe's own; disposed with this.</param>
    /// <param name="log">Takes what happens.</param>
    /// <param name="ready">Called when everything is sound and before anything is created: it may throw.</param>
    /// <exception cref="TrainerException">Device, data, network, run folder or checkpoint are at fault.</exception>
    public TrainingSession(
        ResolvedRecipe<Recipe> recipe, ComponentRegistry registry, SessionOptions options, Func<string, IReadOnlyList<TrainingHook>> hooks, ILogger log, Action? ready = null)
    {
        this.log = log;
        try
        {
            if (options.RunFolder is null)
                RunFolder.CheckName(recipe.Value.Name);
            var device = DeviceChoice.Resolve(recipe.Value.Device);
            var data = recipe.Value.Data.Load(options.DataRoots ?? []);
            run = Own(new TrainingRun(recipe.Value, data, device));
            ready?.Invoke();
            SmallBatchTrial.Run(run);
            if (OneDnn.IsDisabled)
                log.Information("oneDNN is off: {Explanation:l}", OneDnn.Explanation);

            Folder = options.RunFolder is { } path ? RunFolder.In(path) : RunFolder.Under(options.CheckpointRoot, recipe.Value.Name);
            if (Own(RunLock.Take(Folder)).Doubt is { } doubt)
                log.Warning("{Doubt:l}", doubt);
            var store = new CheckpointStore(Folder.Path, new(recipe.Value.Checkpoint.KeepLast, recipe.Value.Checkpoint.KeepBest), log.Warning);
            store.ClearLeftovers();
            var checkpoint = ResumePoint.Find(Folder, store, options, Report);
            var change = checkpoint is null ? null
                : ResumePoint.Check(checkpoint, recipe, registry, run.Data, options.AllowRecipeChange);
            var source = Path.GetDirectoryName(checkpoint?.Path) ?? "";
            checkpoint = checkpoint is null ? null : store.Resume(checkpoint, otherRecipe: change is not null);

            IReadOnlyList<TrainingHook> all = [new ValidationHook(stop = Own(new StopRequests())), .. hooks(Folder.Path).Select(OwnHook), .. recipe.Value.Hooks.Select(hook => hook.Start())];
            IReadOnlyList<ICheckpointed> parts = [.. run.StatefulParts, .. all.OfType<ICheckpointed>()];
            if (Threads.Invalid(options.Threads) is { } invalid)
                log.Warning("{Invalid:l}", invalid);
            run.UseThreads(Threads.Choose(options.Threads, checkpoint?.State.Threads));
            if (checkpoint is not null)
            {
                run.UseAttackPrecision(checkpoint.State.AttackPrecision);
                ResumePoint.Compare(checkpoint.State, device.ToString(), log);
                if (change is null)
                    ResumePoint.CheckLength(checkpoint, run, options.AllowRecipeChange);
                run.Load(checkpoint, parts, change);
                if (change is not null && run.Position.Next != NextAction.Done)
                    ResumePoint.LogChange(change, log);
                ResumePoint.LogCutEpoch(checkpoint.State, run, log);
                if (change is { Batches: true } && run.Position.Next != NextAction.Done)
                    ResumePoint.LogBatches(checkpoint.State, run, log);
            }
            if (run.Position.Next != NextAction.Done)
                Check(recipe.Value, run.Data);
            var journal = Own(new RunJournal(Folder, checkpoint?.State.MetricsLength ?? 0, log.Warning));
            if (run.Position.Next != NextAction.Done)
                Write(recipe.Text);
            else
                Complete(ResumePoint.Stored(checkpoint!, registry).Text, source);
            var origin = new RunProvenance(
                JsonNode.Parse(recipe.Text)!.AsObject(), recipe.Hash, run.Data.Fingerprint, run.Data.TestFingerprint,
                TorchVersions.All, device.ToString(), get_num_threads(), run.AttackNetwork.Precision);
            var saver = Own(new CheckpointSaver(store, Report));
            var saves = new SaveSchedule(run, parts, journal, saver, origin);
            var recovery = new CollapseHandler(run, parts, store, journal, saves, Report, text => log.Warning("{Collapse:l}", text));
            // An epoch that is continued or started again has lines from before, which a run at this position would not
            // have.
            var length = checkpoint is not null && run.Position.Next == NextAction.Step
                ? journal.LengthAt(run.Position) : journal.Length;
            // A roll-back, or another start, must not go to a place in the former batches.
            if (length < journal.Length)
            {
                saves.WithMetrics(length);
                journal.CutTo(length);
            }
            else if (change is { Batches: true } && run.Position.Next != NextAction.Done)
            {
                saves.Now();
            }
            loop = new(run, all, journal, saves, recovery, new(run, store, Report, Folder.Path, Folder.Evaluations, log), stop);
            if (run.Position.Next == NextAction.Done)
                LogEnd(
                    checkpoint!.State.GlobalStep,
                    RecipeDifference.Between(ResumePoint.Stored(checkpoint, registry).Tree, recipe.Tree));
            else
                LogBeginning(checkpoint is not null, device);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What only a run that is to be trained has to satisfy: finished ones are read all the same.</summary>
    private void Check(Recipe recipe, DataSplits data)
    {
        if (recipe.Train.EarlyStopping is not null && data.Validation.Count == 0)
            throw new TrainerException(ErrorKind.Recipe, "train.earlyStopping: waits for a metric on held-out images, and there are none; expected data.validation above 0, or no early stopping.");
        if (recipe.Train.EarlyStopping is not null && recipe.Checkpoint.Monitor == MonitoredMetric.ValidationRobust && recipe.Evaluate.Attacks.Count == 0)
            throw new TrainerException(ErrorKind.Recipe, "train.earlyStopping: waits for robust accuracy (checkpoint.monitor), and evaluate.attacks is empty; expected an attack, or \"checkpoint\": { \"monitor\": \"validation.clean\" }.");
        if (recipe is { Average: Swa, BatchNorm: { Sets: 2, Evaluate: BatchNormSet.Adversarial } })
            throw new TrainerException(ErrorKind.Recipe, "average: swa estimates batch norm's statistics on clean images, and the set that is evaluated is that of adversarial ones (batchNorm.evaluate); expected ema, or \"batchNorm\": { \"evaluate\": \"clean\" }.");
        foreach (var caution in recipe.Evaluate.Attacks.Concat(recipe.Evaluate.Final.Select(final => final.Attack)).Select(attack => attack.Caution(data.Train.Classes)).OfType<string>().Distinct())
            log.Warning("{Caution:l}", caution);
        foreach (var shortage in Shortage.OfTraining(recipe.EvaluationPlan, recipe.Logging.ReportExamples, data))
            log.Information("{Shortage:l}", shortage);
    }

    /// <summary>Where the run keeps its files.</summary>
    public RunFolder Folder { get; }

    /// <summary>Trains until the run is finished or a signal asks it to stop. A finished run returns at once.</summary>
    public RunOutcome Run()
    {
        var outcome = loop.Run();
        if (outcome.Signal is { } signal)
            log.Information(
                "Stopped by {Signal:l}; saved at step {Step}. Run the same command to resume.",
                StopRequests.NameOf(signal), run.Position.Step);
        return outcome;
    }

    /// <summary>The final measurements of the weights as they are, in their order; none before the run's end.</summary>
    public IReadOnlyList<FinalMetrics> Finals() =>
        [.. MetricsFile.Read(Folder.Metrics).Reverse().TakeWhile(line => line is FinalMetrics).Reverse().Cast<FinalMetrics>()];

    /// <summary>The masking checks of the finished run; none where it had none.</summary>
    public IReadOnlyList<CheckResult> Checks() => CheckReport.Read(Folder.Path);

    /// <inheritdoc/>
    public void Dispose()
    {
        while (owned.TryPop(out var item))
            item.Dispose();
    }

    private TrainingHook OwnHook(TrainingHook hook)
    {
        if (hook is IDisposable disposable)
            Own(disposable);
        return hook;
    }

    private T Own<T>(T item) where T : IDisposable
    {
        owned.Push(item);
        return item;
    }

    private void LogEnd(long step, IReadOnlyList<RecipeDifference> changes)
    {
        log.Information("Already finished at step {Step}, in {Folder:l}: nothing is left to do", step, Folder.Path);
        if (changes.Where(change => !change.IsFree).ToList() is { Count: > 0 } others)
        {
            log.Warning(
                "The run is finished, and is not trained as the recipe says since ({Differences:l}): "
                    + "name another folder with --run to train anew",
                string.Join("; ", others));
        }
        if (changes.Where(change => change.IsMeasurement).ToList() is { Count: > 0 } notMeasured)
            log.Warning("The run is finished, and does not measure what the recipe asks for since ({Differences:l}): trainer evaluate {Folder:l} does, with --attack or --checks", string.Join("; ", notMeasured), Folder.Path);
    }

    /// <summary>
    /// Gives the folder of a finished run the files that a checkpoint does not hold, where it begins with one of another folder.
    /// </summary>
    private void Complete(string recipe, string source)
    {
        if (!File.Exists(Folder.Recipe))
            Write(recipe);
        var (from, to) = (Path.Combine(source, RunFileNames.Checks), Path.Combine(Folder.Path, RunFileNames.Checks));
        if (File.Exists(from) && !File.Exists(to))
            AtomicFile.WriteResult(to, File.ReadAllText(from));
    }

    /// <summary>Writes the resolved recipe where it is another. A full disk is no reason not to train.</summary>
    private void Write(string recipe)
    {
        try
        {
            if (!File.Exists(Folder.Recipe) || File.ReadAllText(Folder.Recipe) != recipe)
                AtomicFile.Write(Folder.Recipe, recipe);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            log.Warning("{File:l} cannot be written: {Problem:l}. Every checkpoint holds the recipe, too", Folder.Recipe, exception.Message.TrimEnd('.'));
        }
    }

    private void LogBeginning(bool isResumed, Device device)
    {
        log.Information(
            "{Beginning:l} in epoch {Epoch} of {Epochs}, after step {Step}, on {Device:l} with {Threads:l}, "
                + "attacks in {AttackPrecision:l}, in {Folder:l}",
            isResumed ? "Resumes" : "Begins", Math.Min(run.Position.Epoch + 1, run.Epochs), run.Epochs, run.Position.Step,
            device.ToString(), Threads.Describe(get_num_threads()),
            RecipeValue.Word(run.AttackNetwork.Precision), Folder.Path);
        if (run.TotalSteps < run.Epochs * run.StepsPerEpoch)
            log.Information("Ends after {Steps} of the {EpochSteps} steps of its epochs, by train.maxSteps{Schedule:l}",
                run.TotalSteps, run.Epochs * run.StepsPerEpoch, run.Recipe.Schedule.DependsOnTotal ? "; the learning rate runs its whole course within them" : "");
    }

    private void Report(DamagedCheckpoint damaged) => log.Warning("{Damaged:l}", damaged);

    private void Report(SaveReport report)
    {
        if (report.Failure is { } failure)
            log.Error("{Failure:l}", failure);
        else
            log.Information("Saved step {Step} as {Checkpoint:l}", report.Step, report.Name);
    }
}
