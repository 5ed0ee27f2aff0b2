namespace Trainer.Engine.Checkpoints;

/// <summary>What a checkpoint is made of.</summary>
/// <param name="Files">Its tensor files, <see cref="CheckpointFiles.Model"/> among them.</param>
/// <param name="State">The run's position.</param>
public sealed record CheckpointContents(IReadOnlyList<TensorFile> Files, CheckpointState State);
