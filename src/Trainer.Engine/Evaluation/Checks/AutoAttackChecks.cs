using Trainer.Engine.Data;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>
/// What AutoAttack's public code warns of in every evaluation: outputs and gradients that mislead its attacks, and
/// Square finding more than 0.2 % of the images after them.
/// </summary>
/// <param name="classifier">The network.</param>
/// <param name="key">Where the randomness comes from.</param>
/// <param name="control">How it is stopped, and the processes that share it.</param>
internal sealed class AutoAttackChecks(Classifier classifier, RandomKey key, EvaluationControl control)
{
    private const double MostBySquare = 0.002;

    // So many images decide nothing, however few there are.
    private const int Chance = 2;

    /// <summary>Looks at an evaluation of AutoAttack, and at its network.</summary>
    /// <param name="data">The images.</param>
    /// <param name="indices">The examples that the network is looked at with.</param>
    /// <param name="attack">The attack of the evaluation; others than AutoAttack are not looked at.</param>
    /// <param name="result">The evaluation.</param>
    /// <returns>A sentence or two for each doubt; null where a stop was requested.</returns>
    public IReadOnlyList<string>? Run(ImageData data, long[] indices, IAttack attack, EvaluationResult result) =>
        attack is not (AutoAttack or AutoAttackPlus or AutoAttackRand) ? []
            : MaskingChecks.Cheap(classifier, key, data, [indices], control) is not { } checks ? null
            // Every evaluation of a network that draws random numbers says so.
            : [.. checks.Where(check => check.Verdict == CheckVerdict.Flagged && check.Name != "randomness")
                .Select(check => $"{check.Name}: {check.Explanation} Try: --attack '{check.Recommends}'."),
                .. Square(result)];

    private static IEnumerable<string> Square(EvaluationResult result)
    {
        var found = result.Examples.Count(example => example.BrokenBy == Recommendation.Square.Attack.Name);
        if (found > Math.Max(Chance, MostBySquare * result.Examples.Count) && result.Stages.Count > 2)
            yield return $"Square, which sees no gradient, misclassifies {found} of {result.Examples.Count} images "
                + "that the attacks before it left correct: gradients mislead those, and the robust accuracy may be "
                + "lower still. Try more of its queries: --attack '{\"type\":\"square\",\"queries\":20000}'.";
    }
}
