namespace Trainer.Engine.Checkpoints;

/// <summary>How a save ended.</summary>
/// <param name="Step">The global step at which it was made.</param>
/// <param name="Name">The checkpoint's folder; null where it failed.</param>
/// <param name="Failure">What went wrong and what to do; null where nothing did.</param>
public sealed record SaveReport(long Step, CheckpointName? Name, string? Failure);
