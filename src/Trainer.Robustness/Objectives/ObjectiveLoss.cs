namespace Trainer.Robustness.Objectives;

/// <summary>What an objective computed for a batch.</summary>
/// <param name="Loss">Float32 [], with its graph.</param>
/// <param name="CleanLogits">Float32 [N, K] of the clean images where the loss used them; else null, for logging never costs a forward.</param>
/// <param name="AdversarialLogits">Float32 [N, K] of the adversarial images where the loss used them; else null.</param>
public sealed record ObjectiveLoss(Tensor Loss, Tensor? CleanLogits = null, Tensor? AdversarialLogits = null);
