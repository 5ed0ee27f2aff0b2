namespace Trainer.Robustness.Objectives;

/// <summary>The network's predictions for some rows of a batch.</summary>
/// <param name="Logits">Float32 [M, K].</param>
/// <param name="Labels">Int64 [M], their true classes.</param>
public sealed record Predictions(Tensor Logits, Tensor Labels);
