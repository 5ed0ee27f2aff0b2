using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Robustness.Metrics;

namespace Trainer.Engine.Evaluation;

/// <summary>The result of each example.</summary>
/// <param name="Attack">The attacks, joined by "+" where there are several.</param>
/// <param name="Examples">
/// The final verdict on each example, in the order of the evaluation: of its clean image, or of the attack that broke
/// it.
/// </param>
/// <param name="Stages">The clean images, then each attack in its order.</param>
public sealed record EvaluationResult(
    string Attack, IReadOnlyList<LedgerExample> Examples, IReadOnlyList<EvaluationStage> Stages)
{
    /// <summary>For each example, whether its clean image is classified correctly.</summary>
    public IReadOnlyList<bool> Clean => [.. Examples.Select(example => example.BrokenBy != EvaluationStage.Clean)];

    /// <summary>For each example, whether its clean image and every adversarial one are.</summary>
    public IReadOnlyList<bool> Robust => [.. Examples.Select(example => example.BrokenBy is null)];

    /// <summary>The share of clean images classified correctly.</summary>
    public Accuracy CleanAccuracy => Of(Clean);

    /// <summary>The share of images that no attack broke.</summary>
    public Accuracy RobustAccuracy => Of(Robust);

    private static Accuracy Of(IReadOnlyList<bool> correct) => new(correct.Count(value => value), correct.Count);
}
