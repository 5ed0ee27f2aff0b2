namespace Trainer.Engine.Training;

/// <summary>Sums over some steps, read from the device.</summary>
/// <param name="Images">The images trained on.</param>
/// <param name="Steps">The steps.</param>
/// <param name="Loss">The loss of each step times its images.</param>
/// <param name="CleanCorrect">Clean images classified correctly; null where the objective does not compute them.</param>
/// <param name="AdversarialCorrect">Adversarial images classified correctly; null where the objective does not compute them.</param>
/// <param name="GradientNorm">The gradient's Euclidean norm of each step.</param>
public sealed record StepFigures(long Images, long Steps, double Loss, double? CleanCorrect, double? AdversarialCorrect, double GradientNorm)
{
    /// <summary>The mean loss of an image.</summary>
    public double MeanLoss => Loss / Images;

    /// <summary>The share of clean images classified correctly while training on them.</summary>
    public double? CleanAccuracy => CleanCorrect / Images;

    /// <summary>The share of adversarial images classified correctly while training on them.</summary>
    public double? AdversarialAccuracy => AdversarialCorrect / Images;

    /// <summary>The mean of the steps' gradient norms.</summary>
    public double MeanGradientNorm => GradientNorm / Steps;

    /// <summary>The sums over both; null figures stay null.</summary>
    public StepFigures Plus(StepFigures other) => new(Images + other.Images, Steps + other.Steps, Loss + other.Loss,
        CleanCorrect + other.CleanCorrect, AdversarialCorrect + other.AdversarialCorrect, GradientNorm + other.GradientNorm);
}
