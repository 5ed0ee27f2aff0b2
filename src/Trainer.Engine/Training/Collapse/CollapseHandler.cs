using System.Globalization;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Training.Collapse;

/// <summary>
/// What follows a collapse: the run stops, goes back to a checkpoint, or continues, as its recipe sets.
/// </summary>
/// <param name="run">What collapsed.</param>
/// <param name="parts">Every stateful part besides network and optimiser.</param>
/// <param name="store">Where the checkpoints are.</param>
/// <param name="saves">Saves the state that was gone back to, so that a restart resumes from it.</param>
/// <param name="damaged">Takes each damaged checkpoint that was passed over.</param>
/// <param name="warn">Takes what happened, where the run continues.</param>
public sealed class CollapseHandler(
    TrainingRun run, IReadOnlyList<ICheckpointed> parts, CheckpointStore store, SaveSchedule saves,
    Action<DamagedCheckpoint> damaged, Action<string> warn)
{
    private const string SwitchOff = " To resume without this check, run the same command with --set "
        + "guard.onCollapse=ignore.";
    private readonly GuardOptions options = run.Recipe.Guard;

    /// <summary>Makes sure that a run which may be rolled back has somewhere to go.</summary>
    public void SaveBeginning()
    {
        if (options.OnCollapse == CollapseAction.Rollback && run.Position.Step == 0
            && run.Processes.Broadcast(() => store.NewestPath is null))
            saves.Now();
    }

    /// <summary>Whether a collapse ends the run, whatever checkpoints there are.</summary>
    public bool Stops(DetectedCollapse seen) => WhyStop(seen) is not null;

    /// <summary>Handles a collapse.</summary>
    /// <param name="seen">What the guard saw.</param>
    /// <returns>Whether the run was rolled back; else it continues as if nothing had happened.</returns>
    /// <exception cref="TrainerException">The run stops.</exception>
    public bool Handle(DetectedCollapse seen)
    {
        if (IsIgnored(seen))
        {
            warn($"{seen.Saw} {seen.Advice} Training continues (guard.onCollapse ignore).");
            return false;
        }
        if (WhyStop(seen) is { } reason)
        {
            // All processes stop, and the first that leaves ends the others: not before everything is saved.
            saves.Flush();
            run.Processes.Barrier();
            throw Stop(seen, reason);
        }
        RollBack(seen);
        return true;
    }

    private bool IsIgnored(DetectedCollapse seen) =>
        options.OnCollapse == CollapseAction.Ignore && seen.Kind != CollapseKind.NotFinite;

    private string? WhyStop(DetectedCollapse seen) => IsIgnored(seen) ? null
        : options.OnCollapse != CollapseAction.Rollback
            ? "Earlier checkpoints are kept. "
                + "Start again with guard.onCollapse rollback, or with another recipe and --run."
        : run.State.Guard.Rollbacks >= options.MaxRollbacks
            ? $"The run was rolled back {run.State.Guard.Rollbacks} times (guard.maxRollbacks), so it stops. "
                + "Earlier checkpoints are kept."
        : seen.Kind == CollapseKind.NeverLearnt
            ? "No checkpoint is better, so the run stops. Start again with another --run."
        : null;

    private void RollBack(DetectedCollapse seen)
    {
        saves.Flush();
        var (attempt, rollbacks) = (run.Position.Attempt, run.State.Guard.Rollbacks);
        var checkpoint = run.Processes.Checkpoint(() => Target(seen))!;
        run.Load(checkpoint, parts);
        run.State.Guard.CountRollback(rollbacks);
        run.Position.Attempt = attempt + 1;
        saves.CutMetrics(checkpoint.State.MetricsLength);
        warn(string.Create(CultureInfo.InvariantCulture,
            $"{seen.Saw} Rolled back to step {run.Position.Step} ({Path.GetFileName(checkpoint.Path)}); "
            + $"attempt {run.Position.Attempt} has other random numbers and {run.State.Guard.LearningRateScale:G3} "
            + $"times the learning rate."));
    }

    /// <summary>Where to go back to; taken into the run's folder.</summary>
    private Checkpoint Target(DetectedCollapse seen)
    {
        // The newest weights are finite, but may be well into what only metrics over epochs show.
        var best = seen.Kind == CollapseKind.NotFinite ? null : store.FindBest(damaged);
        if (best is null && seen.Kind == CollapseKind.CatastrophicOverfitting)
        {
            var advice = run.Recipe.Evaluate.EveryEpochs > 1 ? ": evaluate more often (evaluate.everyEpochs)" : "";
            throw Stop(seen, $"No earlier checkpoint has been evaluated, so none is known to be better{advice}. "
                + "The checkpoints are kept. Start again with another recipe and --run.");
        }
        return store.Resume(best ?? store.FindNewest(damaged)
            ?? throw Stop(seen, "There is no checkpoint to go back to. Start again with another --run."));
    }

    private static TrainerException Stop(DetectedCollapse seen, string what)
    {
        var resume = seen.Kind == CollapseKind.NotFinite ? "" : SwitchOff;
        return new(ErrorKind.Other, $"Training has collapsed. {seen.Saw} {seen.Advice} {what}{resume}");
    }
}
