namespace Trainer.Robustness.Objectives;

/// <summary>What an objective computed for a batch.</summary>
/// <param name="Loss">Float32 [], with its graph.</param>
/// <param name="Clean">
/// The clean images' predictions where the loss used them; else null, for logging never costs a forward.
/// </param>
/// <param name="Adversarial">The adversarial images' predictions where the loss used them; else null.</param>
/// <param name="AfterStep">
/// To be called once the optimiser has moved the parameters, or where the gradient or the step fails and the parameters
/// are used further: <see cref="Awp"/> takes its step back by it. Null for nothing.
/// </param>
public sealed record ObjectiveLoss(
    Tensor Loss, Predictions? Clean = null, Predictions? Adversarial = null, Action? AfterStep = null);
