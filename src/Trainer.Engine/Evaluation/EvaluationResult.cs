using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Evaluation;

/// <summary>What became of each example.</summary>
/// <param name="Attack">The attacks, joined by "+" where there are several.</param>
/// <param name="Clean">For each example, whether its clean image is classified correctly.</param>
/// <param name="Robust">For each example, whether its clean image and every adversarial one are.</param>
public sealed record EvaluationResult(string Attack, IReadOnlyList<bool> Clean, IReadOnlyList<bool> Robust)
{
    /// <summary>The share of clean images classified correctly.</summary>
    public Accuracy CleanAccuracy => Of(Clean);

    /// <summary>The share of images that no attack broke.</summary>
    public Accuracy RobustAccuracy => Of(Robust);

    private static Accuracy Of(IReadOnlyList<bool> correct) => new(correct.Count(value => value), correct.Count);
}
