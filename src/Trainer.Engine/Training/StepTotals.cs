namespace Trainer.Engine.Training;

/// <summary>Sums over some steps, read from the device.</summary>
/// <param name="Images">The images trained on.</param>
/// <param name="Steps">The steps.</param>
/// <param name="CleanImages">Of them, those whose clean image was classified.</param>
/// <param name="AdversarialImages">Those whose adversarial image was classified.</param>
/// <param name="Loss">The loss of each step times its images.</param>
/// <param name="CleanCorrect">Clean images classified correctly.</param>
/// <param name="AdversarialCorrect">Adversarial images classified correctly.</param>
/// <param name="GradientNorm">The gradient's Euclidean norm of each step.</param>
public sealed record StepTotals(
    long Images, long Steps, long CleanImages, long AdversarialImages, double Loss, double CleanCorrect,
    double AdversarialCorrect, double GradientNorm)
{
    /// <summary>The mean loss of an image.</summary>
    public double MeanLoss => Loss / Images;

    /// <summary>
    /// The share of clean images classified correctly while training on them; null where the objective computes none.
    /// </summary>
    public double? CleanAccuracy => CleanImages == 0 ? null : CleanCorrect / CleanImages;

    /// <summary>
    /// The share of adversarial images classified correctly while training on them; null where the objective computes
    /// none.
    /// </summary>
    public double? AdversarialAccuracy => AdversarialImages == 0 ? null : AdversarialCorrect / AdversarialImages;

    /// <summary>The mean of the steps' gradient norms.</summary>
    public double MeanGradientNorm => GradientNorm / Steps;

    /// <summary>The sums over both.</summary>
    public StepTotals Plus(StepTotals other) => new(Images + other.Images, Steps + other.Steps,
        CleanImages + other.CleanImages, AdversarialImages + other.AdversarialImages, Loss + other.Loss,
        CleanCorrect + other.CleanCorrect, AdversarialCorrect + other.AdversarialCorrect,
        GradientNorm + other.GradientNorm);
}
