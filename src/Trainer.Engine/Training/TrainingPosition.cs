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
}
