using Trainer.Engine.Checkpoints;

namespace Trainer.Engine.Training;

/// <summary>Where a run stands; the loop moves it.</summary>
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
    /// Goes to the same place in epochs of other batches. An epoch under way begins anew, so that each of its images is seen, and
    /// steps are counted as if all epochs had had these batches.
    /// </summary>
    /// <param name="steps">The steps of an epoch in these batches.</param>
    /// <param name="former">The steps of an epoch before; null where they are not known.</param>
    internal void CountAnew(long steps, long? former)
    {
        var isDone = Next == NextAction.Evaluate || (former > 0 && StepInEpoch >= former);
        StepInEpoch = isDone ? steps : 0;
        Step = Epoch * steps + StepInEpoch;
    }
}
