namespace Trainer.Robustness.Objectives;

/// <summary>What the shapes of an objective's state are made of.</summary>
/// <param name="Batch">The shape [N, C, H, W] of a full batch.</param>
/// <param name="Classes">K.</param>
/// <param name="Images">The number of training images.</param>
public sealed record TrainingSizes(IReadOnlyList<long> Batch, int Classes, long Images);
