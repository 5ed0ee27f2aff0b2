namespace Trainer.Robustness.Objectives;

/// <summary>
/// The network in training as an objective sees it: one call a loss, for the clean images, the adversarial ones or both,
/// so that how batch norm treats the two is decided in one place and not in each objective.
/// </summary>
/// <param name="classifier">The network, in training mode.</param>
public class TrainingNetwork(Classifier classifier)
{
    /// <summary>The network.</summary>
    public Classifier Classifier { get; } = classifier;

    /// <summary>The logits of clean images, of adversarial images, or of both, with their graphs.</summary>
    /// <param name="clean">Float32 [N, C, H, W] in [0, 1]; null for none.</param>
    /// <param name="adversarial">Float32 [M, C, H, W] in [0, 1]; null for none.</param>
    /// <param name="usual">How the objective treats batch norm where the recipe does not say.</param>
    /// <returns>Float32 [N, K] and [M, K], null where the images are.</returns>
    public virtual (Tensor? Clean, Tensor? Adversarial) Logits(Tensor? clean, Tensor? adversarial, Normalise usual) =>
        (clean is null ? null : Classifier.Logits(clean), adversarial is null ? null : Classifier.Logits(adversarial));
}
