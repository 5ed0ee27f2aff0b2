namespace Trainer.Robustness.Losses;

/// <summary>A loss and its gradient at some images, all detached.</summary>
/// <param name="Logits">Float32 [N, K].</param>
/// <param name="Values">Float32 [N]: each example's loss.</param>
/// <param name="Gradient">Float32 [N, C, H, W], the caller's to change.</param>
public readonly record struct LossGradient(Tensor Logits, Tensor Values, Tensor Gradient);
