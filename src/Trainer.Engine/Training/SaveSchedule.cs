using System.Diagnostics;
using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Metrics;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Training;

/// <summary>Saves a run when its recipe says so.</summary>
/// <param name="run">What is saved.</param>
/// <param name="parts">Every stateful part besides network and optimiser.</param>
/// <param name="journal">Whose length a checkpoint records.</param>
/// <param name="saver">Writes in the background; null where another process does.</param>
/// <param name="origin">What every checkpoint of the run says of where it came from.</param>
public sealed class SaveSchedule(
    TrainingRun run, IReadOnlyList<ICheckpointed> parts, RunJournal journal, CheckpointSaver? saver,
    RunProvenance origin)
{
    private readonly CheckpointOptions options = run.Recipe.Checkpoint;
    private readonly Stopwatch sinceSave = Stopwatch.StartNew();

    /// <summary>The run's metrics, whose length each save records.</summary>
    public RunJournal Journal => journal;

    /// <summary>Whether so much time has passed that a save is due.</summary>
    public bool IsTime => sinceSave.Elapsed.TotalMinutes >= options.EveryMinutes;

    /// <summary>Whether a save is due after this step, whatever the time.</summary>
    public bool IsDue(TrainingPosition position) => position.Step % options.EverySteps == 0;

    /// <summary>
    /// Saves after an epoch's evaluation if its turn has come, the run's last epoch has, or it is the best so far.
    /// </summary>
    public void AfterEpoch(TrainingPosition position, AccuracyMetrics? validation)
    {
        var score = run.Score(validation);
        if (position.Epoch % options.EveryEpochs == 0 || position.Next == NextAction.Final || IsBest(score))
            Save(score);
    }

    /// <summary>The state at the end of an epoch's training, for <see cref="BestBeforeStop"/>.</summary>
    internal CheckpointState Before() => origin.State(run.Position, null, journal.Length, Parts());

    /// <summary>
    /// Saves the weights of an epoch that ends the run where they are the best so far. What comes next is its
    /// evaluation, so that the same command finds the same again.
    /// </summary>
    /// <param name="before">The state before the evaluation counted.</param>
    /// <param name="validation">What the evaluation found.</param>
    internal void BestBeforeStop(CheckpointState before, AccuracyMetrics? validation)
    {
        if (run.Score(validation) is not { } score || !IsBest(score))
            return;
        run.Gather();
        if (journal.Write() is { } failure)
            saver?.Refuse(run.Position.Step, failure);
        else
            saver?.Save(new(run.Tensors(parts), before with { Score = score }));
    }

    /// <summary>Saves.</summary>
    public void Now() => Save(null);

    /// <summary>
    /// Saves a state that has fewer lines of metrics, and cuts metrics.jsonl once that is written: a kill in between
    /// leaves more lines than the save needs, never fewer.
    /// </summary>
    /// <param name="length">The length that metrics.jsonl is cut to.</param>
    /// <exception cref="TrainerException">The save failed; nothing was cut.</exception>
    public void CutMetrics(long length)
    {
        Save(null, length);
        Flush();
        Journal.CutTo(length);
    }

    /// <summary>Waits until the last save is written.</summary>
    /// <exception cref="TrainerException">It failed.</exception>
    public void Flush() => saver?.Flush();

    private bool IsBest(double? score) => score is { } value
        && run.Processes.Broadcast(() => value > (saver?.Best?.Score ?? double.NegativeInfinity));

    private void Save(double? score)
    {
        if (journal.Write() is not { } failure)
        {
            Save(score, journal.Length);
            return;
        }
        run.Gather();
        saver?.Refuse(run.Position.Step, failure);
        sinceSave.Restart();
    }

    private void Save(double? score, long metricsLength)
    {
        run.Gather();
        saver?.Save(new(run.Tensors(parts), origin.State(run.Position, score, metricsLength, Parts())));
        sinceSave.Restart();
    }

    private JsonObject Parts() => new(parts.Select(part => KeyValuePair.Create(part.Name, part.Save())));
}
