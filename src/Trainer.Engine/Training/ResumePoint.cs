using Serilog;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Recipes;
using Trainer.Engine.Runs;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Training;

/// <summary>Finds the checkpoint that a run goes on from, and says where going on would not be the same run.</summary>
internal static class ResumePoint
{
    /// <summary>The checkpoint to go on from; null to begin.</summary>
    /// <exception cref="TrainerException">The folder is used and must not be, or the named checkpoint is not sound.</exception>
    public static Checkpoint? Find(RunFolder folder, CheckpointStore store, SessionOptions options, Action<DamagedCheckpoint> damaged)
    {
        if (options.Resume == SessionOptions.Auto)
            return Newest(folder, store, damaged);
        if (options.Resume == SessionOptions.Never)
            return store.NewestPath is { } used ? throw Used(folder, used, options) : null;
        var named = Checkpoint.Open(options.Resume);
        if (store.NewestPath is not { } present || Path.GetDirectoryName(named.Path) == folder.Path)
            return named;
        // The same line again: the run that began with the named checkpoint goes on.
        return Newest(folder, store, damaged) is { } newest && newest.State.Origin == named.Identity ? newest : throw Used(folder, present, options);
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
    /// <exception cref="TrainerException">They differ in a way that makes it another run.</exception>
    public static void Check(
        Checkpoint checkpoint, ResolvedRecipe<Recipe> recipe, ComponentRegistry registry, string fingerprint, bool allowed, ILogger log)
    {
        if (checkpoint.State.DataFingerprint != fingerprint)
            throw new TrainerException(ErrorKind.Data, $"The data differ from those of '{checkpoint.Path}': found the fingerprint {fingerprint}, expected {checkpoint.State.DataFingerprint}. Put the same files back, or name another folder with --run.");
        var old = RecipeLoader.FromText<Recipe>(checkpoint.State.Recipe.ToJsonString(), checkpoint.Path, registry);
        var free = !recipe.Value.Schedule.DependsOnTotal;
        var refused = RecipeDifference.Between(old.Tree, recipe.Tree)
            .Where(difference => !difference.IsFree && !(difference.IsLength && free)).ToList();
        if (refused.Count == 0)
            return;
        var list = string.Join("; ", refused);
        if (!allowed)
            throw new TrainerException(ErrorKind.Checkpoint, $"The recipe differs from that of '{checkpoint.Path}': {list}. Undo the change, name another folder with --run, or go on all the same with --allow-recipe-change.");
        log.Warning("Goes on with a changed recipe: {Differences}. The run is no longer the one of either recipe.", list);
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
            log.Warning("Goes on elsewhere than where it was saved ({Differences}): equal to the uninterrupted run to rounding, not bit for bit", string.Join(", ", differences));
    }
}
