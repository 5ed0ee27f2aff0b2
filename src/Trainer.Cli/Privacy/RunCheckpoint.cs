using Trainer.Engine.Checkpoints;
using Trainer.Engine.Weights;
using Trainer.Recipes;

namespace Trainer.Cli.Privacy;

/// <summary>Which of its run's checkpoints is audited, of the target and of each shadow run alike.</summary>
/// <param name="Name">"best", which the run's monitor chose, or "latest", the end of training.</param>
internal sealed record RunCheckpoint(string Name)
{
    private const string Best = "best";
    private const string Latest = "latest";

    /// <summary>
    /// Which one the target is; null for neither. One that is both is what it was named, by default the best.
    /// </summary>
    /// <param name="named">The argument of the command line.</param>
    /// <param name="target">Its checkpoint.</param>
    public static RunCheckpoint? Of(string named, Checkpoint target)
    {
        var store = Store(Path.GetDirectoryName(target.Path)!);
        // The last save of a run has the weights of its last epoch's.
        var isLatest = store.FindNewest(_ => { })?.State is { } newest
            && (newest.Attempt, newest.GlobalStep) == (target.State.Attempt, target.State.GlobalStep);
        var isBest = store.FindBest(_ => { })?.Path == target.Path;
        return isLatest && (!isBest || Path.GetFileName(named) == Latest) ? new(Latest)
            : isBest ? new(Best) : null;
    }

    /// <summary>The same one of a shadow run.</summary>
    /// <param name="run">Its folder.</param>
    /// <exception cref="TrainerException">It has none.</exception>
    public WeightsSource Find(string run)
    {
        var store = Store(run);
        Action<DamagedCheckpoint> damaged = one => Console.Error.WriteLine($"warning: {one}");
        return (Name == Latest ? store.FindNewest(damaged) : store.FindBest(damaged)) is { } found
            ? new(found.Path, found) : throw new TrainerException(
            ErrorKind.Recipe, $"--shadows: '{run}' has no sound {Name} checkpoint, and the audited one is its run's "
            + $"{Name}. Move it away, or train it again with --train-shadows.");
    }

    private static CheckpointStore Store(string run) => new(run, new(), _ => { });
}
