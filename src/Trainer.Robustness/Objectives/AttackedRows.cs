namespace Trainer.Robustness.Objectives;

/// <summary>The network's predictions for a batch's attacked rows.</summary>
/// <param name="Clean">Float32 [M, K] of their clean images; null where the objective does not look at them.</param>
/// <param name="Adversarial">Float32 [M, K] of their adversarial images.</param>
/// <param name="Targets">Of these rows.</param>
internal sealed record AttackedRows(Tensor? Clean, Tensor Adversarial, Targets Targets);
