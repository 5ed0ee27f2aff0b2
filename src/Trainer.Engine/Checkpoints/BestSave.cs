namespace Trainer.Engine.Checkpoints;

/// <summary>The best save of a run so far.</summary>
/// <param name="Score">The monitored metric; higher is better.</param>
/// <param name="Step">The step at which it was reached.</param>
/// <param name="Save">The number of the save that holds its weights.</param>
public sealed record BestSave(double Score, long Step, long Save);
