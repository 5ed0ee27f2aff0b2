using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Training;

/// <summary>The checkpoint that a run resumes from.</summary>
internal sealed class ResumePoint
{
    // How many of the tensors that differ a message names.
    private const int MostListed = 5;

    private readonly RecipeChange? change;

    private ResumePoint(Checkpoint checkpoint, ResolvedRecipe<Recipe> stored, RecipeChange? change, string source) =>
        (Checkpoint, Stored, this.change, Source) = (checkpoint, stored, change, source);

    /// <summary>The checkpoint, in the run's own folder.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>The recipe of the checkpoint, with every default filled in.</summary>
    public ResolvedRecipe<Recipe> Stored { get; }

    /// <summary>The run folder in which the checkpoint was found.</summary>
    public string Source { get; }

    /// <summary>Whether the run continues with other batches than before.</summary>
    public bool ChangesBatches => change is { Batches: true };

    /// <summary>The checkpoint to resume from; null to begin.</summary>
    /// <exception cref="TrainerException">
    /// The folder is used and must not be, or the named checkpoint is not sound.
    /// </exception>
    public static Checkpoint? Find(
        RunFolder folder, CheckpointStore store, SessionOptions options, Action<DamagedCheckpoint> damaged)
    {
        if (store.Vanished is { } vanished)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The run folder '{folder.Path}' is one whose checkpoints are gone: "
                + $"its newest was '{vanished}'. A new run would overwrite its metrics. Put the checkpoints back, "
                + "or name another folder with --run.");
        if (options.Resume == SessionOptions.Auto)
            return Newest(folder, store, damaged);
        if (options.Resume == SessionOptions.Never)
        {
            var used = store.NewestPath ?? (new FileInfo(folder.Metrics) is { Exists: true, Length: > 0 } metrics
                ? metrics.FullName : null);
            return used is null ? null : throw Used(folder, used, options);
        }
        var named = Checkpoint.Open(options.Resume);
        if (store.NewestPath is not { } present)
            return named;
        // The same command again: the run that began with the named checkpoint is resumed. One that went back within
        // its folder would go back there whenever it is started again.
        if (Newest(folder, store, damaged) is not { } newest
            || (newest.Identity != named.Identity && newest.State.Origin != named.Identity))
            throw Used(folder, present, options);
        store.CompleteAdoption(newest, named);
        return newest;
    }

    /// <summary>
    /// Whether a checkpoint will be resumed from, or the run refused, as far as can be seen before anything is created.
    /// </summary>
    public static bool IsLikely(SessionOptions options, string name) =>
        options.Resume is not (SessionOptions.Auto or SessionOptions.Never)
        || (options.RunFolder ?? Path.Combine(options.CheckpointRoot, name)) is var folder && Directory.Exists(folder)
        && new CheckpointStore(folder, new(), _ => { }).NewestPath is not null;

    private static Checkpoint? Newest(RunFolder folder, CheckpointStore store, Action<DamagedCheckpoint> damaged)
    {
        var newest = store.FindNewest(damaged);
        if (newest is null && store.NewestPath is { } broken)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"Every checkpoint in '{folder.Path}' is damaged; the newest is '{broken}'. "
                + "Restore one from a copy, or name another folder with --run.");
        return newest;
    }

    private static TrainerException Used(RunFolder folder, string used, SessionOptions options) => new(
        ErrorKind.Checkpoint,
        $"The run folder '{folder.Path}' holds '{Path.GetFileName(used)}' already, "
        + $"and --resume {options.Resume} would mix two runs. Name another folder with --run, "
        + "or leave --resume out to resume.");

    /// <summary>
    /// Compares the checkpoint's recipe and data with the present ones, and takes it into the run's folder.
    /// </summary>
    /// <param name="find">Finds a checkpoint of any folder; called in the first process alone.</param>
    /// <param name="store">The run's own.</param>
    /// <param name="recipe">The present one.</param>
    /// <param name="registry">The components that recipes may name.</param>
    /// <param name="run">With the present data, and not loaded yet.</param>
    /// <param name="allowed">Whether the recipe may differ.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="TrainerException">They differ in a way that makes it another run.</exception>
    public static ResumePoint? Open(
        Func<Checkpoint?> find, CheckpointStore store, ResolvedRecipe<Recipe> recipe, ComponentRegistry registry,
        TrainingRun run, bool allowed)
    {
        if (run.Processes.Checkpoint(find) is not { } checkpoint)
            return null;
        StoredData.Check(checkpoint, run.Data);
        CheckInitialWeights(checkpoint, run);
        var stored = RecipeLoader.FromText<Recipe>(
            checkpoint.State.Recipe.ToJsonString(), checkpoint.Path, registry);
        var change = Compare(checkpoint, stored, recipe, run.Data, allowed);
        if (change is not null)
            CheckObjective(checkpoint, stored, recipe, run);
        var source = Path.GetDirectoryName(checkpoint.Path) ?? "";
        var own = run.Processes.Checkpoint(() => store.Resume(checkpoint, otherRecipe: change is not null));
        return new(own!, stored, change, source);
    }

    /// <summary>Loads the checkpoint into a run, and logs where the run is no longer the same.</summary>
    /// <param name="run">At its beginning.</param>
    /// <param name="parts">Every stateful part besides network and optimiser.</param>
    /// <param name="allowed">Whether the run's length may have become another in any way.</param>
    /// <param name="log">Takes what differs.</param>
    /// <exception cref="TrainerException">The checkpoint does not fit.</exception>
    public void Load(TrainingRun run, IReadOnlyList<ICheckpointed> parts, bool allowed, ILogger log)
    {
        var saved = Checkpoint.State;
        run.Model.UseAttackPrecision(saved.AttackPrecision);
        ResumeLog.Environment(saved, run, log);
        if (change is null)
            CheckLength(run, allowed);
        run.Load(Checkpoint, parts, change);
        if (run.Position.Next == NextAction.Done)
            return;
        if (change is not null)
        {
            log.Warning(
                "Resuming with a changed recipe: {Differences:l}. The run is no longer the one of either recipe; "
                    + "its best checkpoint is looked for from here on.",
                change.Differences);
        }
        ResumeLog.CutEpoch(saved, run, log);
        if (ChangesBatches)
            ResumeLog.Batches(saved, run, log);
    }

    private static RecipeChange? Compare(
        Checkpoint checkpoint, ResolvedRecipe<Recipe> old, ResolvedRecipe<Recipe> recipe, DataSplits data, bool allowed)
    {
        var free = !recipe.Value.Schedule.DependsOnTotal;
        var refused = RecipeDifference.Between(old.Tree, recipe.Tree)
            .Where(difference => !difference.IsFree && !(difference.IsLength && free)).ToList();
        if (refused.Count == 0)
            return null;
        var list = string.Join("; ", refused);
        if (!allowed)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The recipe differs from that of '{checkpoint.Path}': {list}. Undo the change, "
                + "name another folder with --run, or resume all the same with --allow-recipe-change.");
        var (train, replays) = (old.Value.Train, old.Value.Objective.Replays);
        var order = refused.Where(difference => difference.IsOrder).ToList();
        var batches = new Sampler(data.Train.Count, train.BatchSize, old.Value.Seed, lastBatch: train.LastBatch)
            .StepsPerEpoch;
        return new(
            list, order.Count > 0 || replays != recipe.Value.Objective.Replays,
            order.Exists(difference => RecipePath.IsWithin(difference.Path, "data")) ? null : replays * batches);
    }

    /// <summary>Checks that the objective finds in a checkpoint what it keeps from step to step.</summary>
    /// <exception cref="TrainerException">Another objective saved it, or one of other batches.</exception>
    private static void CheckObjective(
        Checkpoint checkpoint, ResolvedRecipe<Recipe> old, ResolvedRecipe<Recipe> recipe, TrainingRun run)
    {
        using var file = checkpoint.OpenTensors(CheckpointFiles.State);
        var differences = StateLoader.Compare(file, TrainingRun.PartTensors(run.Parts))
            .Where(difference => RunState.IsOfObjective(difference.Key)).ToList();
        if (differences.Count > 0)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"objective: found in '{checkpoint.Path}' what {Type(old)} keeps from step to "
                + $"step ({List(difference => difference.Found)}), expected what {Type(recipe)} keeps "
                + $"({List(difference => difference.Expected)}). Undo the change of the recipe, or begin a new run "
                + $"with the weights of the checkpoint: --set model.weights={checkpoint.Path} --run DIR.");

        static string Type(ResolvedRecipe<Recipe> resolved) => resolved.Tree["objective"]?["type"]?.Text ?? "none";

        string List(Func<StateDifference, string?> side)
        {
            var all = differences.Where(one => side(one) is not null).ToList();
            var more = all.Count > MostListed ? $" and {all.Count - MostListed} more" : "";
            return all.Count == 0 ? "nothing"
                : string.Join(", ", all.Take(MostListed).Select(one => $"{one.Key} {side(one)}")) + more;
        }
    }

    /// <summary>Checks the weights that the run began with, where their file is still there.</summary>
    /// <exception cref="TrainerException">They are others.</exception>
    private static void CheckInitialWeights(Checkpoint checkpoint, TrainingRun run)
    {
        var (found, expected) = (run.Model.InitialFingerprint, checkpoint.State.InitialWeights);
        var isGone = found is null && run.Recipe.Model is TrainableArchitecture { Weights: not null };
        if (found != expected && !isGone)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"model.weights: the run of '{checkpoint.Path}' began with other weights: found "
                + $"{found ?? "none"}, expected {expected ?? "none"} (SHA-256 of the file). Put the same file back, or "
                + "name another folder with --run.");
    }

    /// <summary>Compares the step of the checkpoint with the length of the run, which may have been changed.</summary>
    /// <param name="run">Not loaded yet.</param>
    /// <param name="allowed">Whether the run may be another than one that had this length from the beginning.</param>
    /// <exception cref="TrainerException">It would be another, and may not.</exception>
    private void CheckLength(TrainingRun run, bool allowed)
    {
        var (next, step) = (Checkpoint.State.Next, Checkpoint.State.GlobalStep);
        var ended = next is NextAction.Final or NextAction.Done;
        if (!ended && step > run.Plan.TotalSteps)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{Checkpoint.Path}' is at step {step}, "
                + $"and train.epochs and train.maxSteps make {run.Plan.TotalSteps}: expected as many or more. "
                + "Raise them, or begin with --run in another folder.");
        var epochs = Checkpoint.State.Epoch + (next == NextAction.Evaluate ? 1 : 0);
        if (next != NextAction.Step && step < run.Plan.TotalSteps && step != epochs * run.Plan.StepsPerEpoch
            && !allowed)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint,
                $"train.maxSteps ended '{Checkpoint.Path}' at step {step}, within an epoch of {run.Plan.StepsPerEpoch} "
                + "steps, where a "
                + "longer run would have measured nothing. Undo the change, resume from a checkpoint before its end, "
                + "or "
                + "continue the epoch with --allow-recipe-change.");
        }
    }
}
