namespace Trainer.Engine.Data;

/// <summary>
/// The batches of one epoch, each a function of its place alone, so that a run resumes at any of them.
/// </summary>
public interface IEpochBatches : IDisposable
{
    /// <summary>How many there are.</summary>
    long Steps { get; }

    /// <summary>One of them, its rows in random order; asked for again, the same.</summary>
    /// <param name="step">From 0.</param>
    LabelledImages Batch(long step);
}
