namespace Trainer.Engine.Evaluation;

/// <summary>How far an attack of an evaluation is.</summary>
/// <param name="Attack">Its name; "clean" for none.</param>
/// <param name="Done">Examples done.</param>
/// <param name="Total">Examples that it is tried on.</param>
/// <param name="Elapsed">Since it began.</param>
public sealed record EvaluationProgress(string Attack, int Done, int Total, TimeSpan Elapsed)
{
    /// <summary>The time that the attack still takes, if the rest is like what is done.</summary>
    public TimeSpan Left => Elapsed * ((double)(Total - Done) / Done);
}
