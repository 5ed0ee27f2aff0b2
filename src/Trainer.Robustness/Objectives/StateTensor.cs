namespace Trainer.Robustness.Objectives;

/// <summary>A tensor that an objective keeps from step to step.</summary>
/// <param name="Shape">Its shape; it is float32.</param>
/// <param name="HasBatchRows">
/// Whether its first dimension is the places of a batch. Where several processes share a batch, each has those of its
/// own rows alone; any other tensor is the same in all of them.
/// </param>
public sealed record StateTensor(IReadOnlyList<long> Shape, bool HasBatchRows = false);
