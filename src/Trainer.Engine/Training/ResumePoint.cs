using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Recipes;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>Finds the checkpoint to resume from, and says where the resumed run would not be the same run.</summary>
internal static class ResumePoint
{
    /// <summary>The checkpoint to go on from; null to begin.</summary>
    /// <exception cref="TrainerException">The folder is used and must not be, or the named checkpoint is not sound.</exception>
    public static Checkpoint? Find(RunFolder folder, CheckpointStore store, SessionOptions options, Action<DamagedCheckpoint> damaged)
    {
        if (store.Vanished is { } vanished)
            throw new TrainerException(ErrorKind.Checkpoint, $"The run folder '{folder.Path}' is one whose checkpoints are gone: its newest was '{vanished}'. A new run would overwrite its metrics. Put the checkpoints back, or name another folder with --run.");
        if (options.Resume == SessionOptions.Auto)
            return Newest(folder, store, damaged);
        if (options.Resume == SessionOptions.Never)
        {
            var used = store.NewestPath ?? (new FileInfo(folder.Metrics) is { Exists: true, Length: > 0 } metrics ? metrics.FullName : null);
            return used is null ? null : throw Used(folder, used, options);
        }
        var named = Checkpoint.Open(options.Resume);
        if (store.NewestPath is not { } present)
            return named;
        // The same command again: the run that began with the named checkpoint is resumed. One that went back within its folder would
        // go back there whenever it is started again.
        return Newest(folder, store, damaged) is { } newest && (newest.Identity == named.Identity || newest.State.Origin == named.Identity)
            ? newest : throw Used(folder, present, options);
    }

    private static Checkpoint? Newest(RunFolder folder, CheckpointStore store, Action<DamagedCheckpoint> damaged)
    {
        var newest = store.FindNewest(damaged);
        if (newest is null && store.NewestPath is { } broken)
            throw new TrainerException(ErrorKind.Checkpoint, $"None of the checkpoints in '{folder.Path}' is sound, the newest being '{broken}'. Put a sound one back, or name another folder with --run.");
        return newest;
    }

    private static TrainerException Used(RunFolder folder, string used, SessionOptions options) => new(
        ErrorKind.Checkpoint,
        $"The run folder '{folder.Path}' holds '{Path.GetFileName(used)}' already, and --resume {options.Resume} would mix two runs. Name another folder with --run, or leave --resume out to go on.");

    /// <summary>Compares the checkpoint's recipe and data with the present ones.</summary>
    /// <returns>What the change of the recipe means for the run; null where it is the same run.</returns>
    /// <exception cref="TrainerException">They differ in a way that makes it another run.</exception>
    public static RecipeChange? Check(
        Checkpoint checkpoint, ResolvedRecipe<Recipe> recipe, ComponentRegistry registry, DataSplits data, bool allowed)
    {
        StoredData.Check(checkpoint, data);
        var old = Stored(checkpoint, registry);
        var free = !recipe.Value.Schedule.DependsOnTotal;
        var refused = RecipeDifference.Between(old.Tree, recipe.Tree)
            .Where(difference => !difference.IsFree && !(difference.IsLength && free)).ToList();
        if (refused.Count == 0)
            return null;
        var list = string.Join("; ", refused);
        if (!allowed)
            throw new TrainerException(ErrorKind.Checkpoint, $"The recipe differs from that of '{checkpoint.Path}': {list}. Undo the change, name another folder with --run, or go on all the same with --allow-recipe-change.");
        var (train, replays) = (old.Value.Train, old.Value.Objective.Replays);
        var order = refused.Where(difference => difference.IsOrder).ToList();
        var batches = new Sampler(data.Train.Count, train.BatchSize, old.Value.Seed, lastBatch: train.LastBatch).StepsPerEpoch;
        return new(
            list, order.Count > 0 || replays != recipe.Value.Objective.Replays,
            order.Exists(difference => RecipePath.IsWithin(difference.Path, "data")) ? null : replays * batches);
    }

    /// <summary>The recipe of a checkpoint, with every default filled in.</summary>
    public static ResolvedRecipe<Recipe> Stored(Checkpoint checkpoint, ComponentRegistry registry) =>
        RecipeLoader.FromText<Recipe>(checkpoint.State.Recipe.ToJsonString(), checkpoint.Path, registry);

    /// <summary>Says that a run is trained on with another recipe. A finished run is not.</summary>
    public static void LogChange(RecipeChange change, ILogger log) => log.Warning(
        "Resuming with a changed recipe: {Differences:l}. The run is no longer the one of either recipe; "
            + "its best checkpoint is looked for from here on.",
        change.Differences);

    /// <summary>Logs the position of a run that is resumed with other batches.</summary>
    public static void LogBatches(CheckpointState saved, TrainingRun run, ILogger log)
    {
        var (position, step) = (run.Position, saved.GlobalStep);
        if (saved.StepInEpoch > 0 && position.StepInEpoch == 0)
        {
            log.Warning(
                "Epoch {Epoch} starts again because the recipe's batches have changed: the weights keep the {Steps} "
                    + "steps already taken in it, and all of its images are trained on again",
                position.Epoch + 1, saved.StepInEpoch);
        }
        if (position.Step != step)
        {
            log.Warning(
                "Step {Step} counts as step {NewStep} from here on, as if every epoch had had {StepsPerEpoch} steps: "
                    + "learning rate and ε follow the epochs",
                step, position.Step, run.StepsPerEpoch);
        }
    }

    /// <summary>Compares the step of the checkpoint with the length of the run, which may have been changed.</summary>
    /// <param name="checkpoint">Of this recipe but for its length.</param>
    /// <param name="run">Not loaded yet.</param>
    /// <param name="allowed">Whether the run may be another than one that had this length from the beginning.</param>
    /// <exception cref="TrainerException">It would be another, and may not.</exception>
    public static void CheckLength(Checkpoint checkpoint, TrainingRun run, bool allowed)
    {
        var (next, step) = (checkpoint.State.Next, checkpoint.State.GlobalStep);
        var ended = next is NextAction.Final or NextAction.Done;
        if (!ended && step > run.TotalSteps)
            throw new TrainerException(ErrorKind.Checkpoint, $"'{checkpoint.Path}' is at step {step}, and train.epochs and train.maxSteps make {run.TotalSteps}: expected as many or more. Raise them, or begin with --run in another folder.");
        var epochs = checkpoint.State.Epoch + (next == NextAction.Evaluate ? 1 : 0);
        if (next != NextAction.Step && step < run.TotalSteps && step != epochs * run.StepsPerEpoch && !allowed)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint,
                $"train.maxSteps ended '{checkpoint.Path}' at step {step}, within an epoch of {run.StepsPerEpoch} steps, where a "
                + "longer run would have measured nothing. Undo the change, resume from a checkpoint before its end, or "
                + "continue the epoch with --allow-recipe-change.");
        }
    }

    /// <summary>Says that a longer run continues the epoch in which train.maxSteps had ended it.</summary>
    public static void LogCutEpoch(CheckpointState saved, TrainingRun run, ILogger log)
    {
        if (saved.Next == NextAction.Step || run.Position is not { Next: NextAction.Step, StepInEpoch: > 0 } position)
            return;
        log.Warning(
            "Continues epoch {Epoch} after step {Step} of its {Steps}, where train.maxSteps had ended the run: the rest of "
                + "its images are trained on now, and its line of metrics is written again",
            position.Epoch + 1, position.StepInEpoch, run.StepsPerEpoch);
    }

    /// <summary>Says where the machine is not the one that saved: the same run then, to rounding, but not bit for bit.</summary>
    public static void Compare(CheckpointState saved, string device, ILogger log)
    {
        // What an older version did not record tells no difference.
        var differences = TorchVersions.All.Select(version => (version.Key, Old: saved.Versions.GetValueOrDefault(version.Key, version.Value), New: version.Value))
            .Append(("device", saved.Device, device))
            .Append(("threads", $"{saved.Threads}", $"{get_num_threads()}"))
            .Where(item => item.Item2 != item.Item3)
            .Select(item => $"{item.Item1} {item.Item2} → {item.Item3}").ToList();
        if (differences.Count > 0)
            log.Warning(
                "Resuming in a different environment ({Differences:l}); "
                    + "results match the uninterrupted run up to rounding, not bit for bit",
                string.Join(", ", differences));
    }
}
