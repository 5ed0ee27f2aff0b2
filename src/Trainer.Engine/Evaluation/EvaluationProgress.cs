namespace Trainer.Engine.Evaluation;

/// <summary>How far an attack of an evaluation is.</summary>
/// <param name="Attack">Its name; "clean" for none.</param>
/// <param name="Done">Examples done.</param>
/// <param name="Total">Examples that it is tried on.</param>
/// <param name="Elapsed">Since it began, or was resumed.</param>
/// <param name="Known">Of the examples done, those whose verdicts a ledger had.</param>
public sealed record EvaluationProgress(string Attack, int Done, int Total, TimeSpan Elapsed, int Known = 0)
{
    /// <summary>
    /// The time that the attack still takes, if the rest is like what was computed; null before anything was.
    /// </summary>
    public TimeSpan? Left => Done > Known ? Elapsed * ((double)(Total - Done) / (Done - Known)) : null;
}
