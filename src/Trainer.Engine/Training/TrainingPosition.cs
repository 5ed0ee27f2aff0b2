using Trainer.Engine.Checkpoints;

namespace Trainer.Engine.Training;

/// <summary>The position of a run; the loop moves it.</summary>
public sealed class TrainingPosition
{
    /// <summary>What comes next.</summary>
    public NextAction Next { get; internal set; } = NextAction.Step;

    /// <summary>Epochs finished.</summary>
    public int Epoch { get; internal set; }

    /// <summary>Steps done in the epoch under way.</summary>
    public long StepInEpoch { get; internal set; }

    /// <summary>Steps done in the run.</summary>
    public long Step { get; internal set; }

    /// <summary>Roll-backs so far; part of every random key.</summary>
    public int Attempt { get; internal set; }

    /// <summary>Goes to where a checkpoint was saved.</summary>
    internal void Load(CheckpointState saved) =>
        (Next, Epoch, StepInEpoch, Step, Attempt)
            = (saved.Next, saved.Epoch, saved.StepInEpoch, saved.GlobalStep, saved.Attempt);

    /// <summary>
    /// Returns to an epoch that train.maxSteps cut short, in case the run is given more steps: it is not finished.
    /// Checkpoints of older versions counted it as finished.
    /// </summary>
    /// <param name="steps">
    /// The steps of a whole epoch when the checkpoint was saved; null where they are not known.
    /// </param>
    internal void ReopenCutEpoch(long? steps)
    {
        if (Next is not (NextAction.Final or NextAction.Done) || StepInEpoch > 0 || steps is not { } whole)
            return;
        var done = Step - ((Epoch - 1) * whole);
        if (Epoch > 0 && done > 0 && done < whole)
            Reopen(done);
    }

    /// <summary>Counts the epoch that has just ended as one under way.</summary>
    /// <param name="steps">The steps done in it.</param>
    internal void Reopen(long steps) => (Epoch, StepInEpoch) = (Epoch - 1, steps);

    /// <summary>
    /// Moves to the same place in epochs of other batches. An epoch under way is started again, so that each of its
    /// images is seen, and steps are counted as if all epochs had had these batches.
    /// </summary>
    /// <param name="steps">The steps of an epoch in these batches.</param>
    /// <param name="former">The steps of an epoch before; null where they are not known.</param>
    internal void CountAnew(long steps, long? former)
    {
        var isDone = former is { } whole ? StepInEpoch >= whole : Next == NextAction.Evaluate;
        StepInEpoch = isDone ? steps : 0;
        Step = Epoch * steps + StepInEpoch;
    }
}
