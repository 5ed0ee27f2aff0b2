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
    /// <summary>
    /// How the attack of a final evaluation departs from its name with so few classes, as sentences for users; null
    /// where it does not.
    /// </summary>
    public string? AttackCaution { get; init; }

    /// <summary>What is doubtful about the accuracy, a sentence or two each.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Both as one text; null for none.</summary>
    public string? Caution => new[] { AttackCaution }.OfType<string>().Concat(Findings).ToList()
        is { Count: > 0 } all ? string.Join(" ", all) : null;

    /// <summary>For each example, whether its clean image is classified correctly.</summary>
    public IReadOnlyList<bool> Clean => [.. Examples.Select(example => example.BrokenBy != EvaluationStage.Clean)];

    /// <summary>For each example, whether its clean image and every adversarial one are.</summary>
    public IReadOnlyList<bool> Robust => [.. Examples.Select(example => example.BrokenBy is null)];

    /// <summary>The share of clean images classified correctly.</summary>
    public Accuracy CleanAccuracy => Of(Clean);

    /// <summary>The share of images that no attack broke.</summary>
    public Accuracy RobustAccuracy => Of(Robust);

    /// <summary>
    /// The results under several threat models as one: an example is robust if it is under each. Of the examples that
    /// all have.
    /// </summary>
    /// <param name="results">One or more, without stages in the result.</param>
    internal static EvaluationResult Union(IReadOnlyList<EvaluationResult> results)
    {
        var others = results.Skip(1).Select(result => result.Examples.ToDictionary(example => example.Index)).ToList();
        return new(
            string.Join("+", results.Select(result => result.Attack).Distinct()),
            [.. results[0].Examples.Where(example => others.TrueForAll(other => other.ContainsKey(example.Index)))
                .Select(example => others.Select(other => other[example.Index]).Prepend(example)
                    .OrderByDescending(found => found.BrokenBy is not null).First())],
            []);
    }

    private static Accuracy Of(IReadOnlyList<bool> correct) => new(correct.Count(value => value), correct.Count);
}
