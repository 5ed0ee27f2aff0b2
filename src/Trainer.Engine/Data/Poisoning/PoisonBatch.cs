namespace Trainer.Engine.Data.Poisoning;

/// <summary>Some training images before they are poisoned, on the CPU.</summary>
/// <param name="Images">UInt8 [N, C, H, W].</param>
/// <param name="Labels">Int64 [N].</param>
/// <param name="Rows">Each image's row in the data set, before any row is held out.</param>
/// <param name="Classes">The number of classes.</param>
public sealed record PoisonBatch(Tensor Images, Tensor Labels, IReadOnlyList<long> Rows, int Classes);
