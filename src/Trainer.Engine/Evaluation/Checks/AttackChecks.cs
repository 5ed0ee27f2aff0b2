using System.Globalization;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>
/// The checks that compare attacks with each other: what is stronger by construction must not leave more.
/// </summary>
/// <param name="classifier">The network.</param>
/// <param name="threat">The admissible perturbations.</param>
/// <param name="key">Where the randomness comes from.</param>
/// <param name="blockSize">Images a block.</param>
/// <param name="workers">The threads that attacks run on.</param>
internal sealed class AttackChecks(
    Classifier classifier, ThreatModel threat, RandomKey key, int blockSize, BatchWorkers workers)
{
    // A difference of so many images decides nothing, however few there are.
    private const double Chance = 2;

    /// <summary>Called before each attack and after each block.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }

    /// <summary>The processes that share the blocks.</summary>
    public Collectives Processes { get; init; } = OneProcess.Instance;

    /// <summary>Opens the ledger of an attack under a threat model; null keeps none.</summary>
    public Func<IAttack, ThreatModel, Ledger>? Ledgers { get; init; }

    /// <summary>Runs the checks; each as soon as it is there, and no more once a stop is requested.</summary>
    /// <param name="data">The images.</param>
    /// <param name="indices">Their data-set indices.</param>
    /// <param name="stopRequested">Called between blocks.</param>
    public IEnumerable<CheckResult> Run(ImageData data, IReadOnlyList<long> indices, Func<bool>? stopRequested)
    {
        if (Attack(new Pgd { Steps = 40, Loss = AttackLossKind.Margin }) is not { } pgd)
            yield break;
        if (pgd.CleanAccuracy.Correct == 0)
        {
            foreach (var name in (string[])["large-radius", "single-step", "more-steps", "loss", "black-box"])
                yield return CheckResult.NotApplicable(name, 0, GradientChecks.NoneRight);
            yield break;
        }
        var large = WithConstantImage(data);
        if (Attack(new Pgd { Steps = 40, Loss = AttackLossKind.Margin }, large) is not { } far)
            yield break;
        yield return CheckResult.Of("large-radius", Points(far), Threshold(1),
            FormattableString.Invariant(
            $"PGD-40 leaves {Points(far):F1} % at ε = {large.Epsilon:G3}, where every image may become the same grey."),
            "No network can be right there: the gradients do not lead where they should.",
            Recommendation.Square);

        if (Attack(new Fgsm { Loss = AttackLossKind.Margin }) is not { } fgsm)
            yield break;
        yield return Compare("single-step", pgd, "PGD-40", fgsm, "FGSM", 1,
            "One step does more than many: the gradients mislead.", Recommendation.AutoAttack);

        if (Attack(new Pgd { Steps = 20, Loss = AttackLossKind.Margin }) is not { } few)
            yield break;
        if (Attack(new Pgd { Steps = 100, Restarts = 5, Loss = AttackLossKind.Margin }) is not { } many)
            yield break;
        yield return Compare("more-steps", many, "PGD-100 with 5 restarts", few, "PGD-20", 0.5,
            "More steps and restarts do less: the gradients mislead.", Recommendation.AutoAttack);

        if (Attack(new Pgd { Steps = 40, Loss = AttackLossKind.CrossEntropy }) is not { } crossEntropy)
            yield break;
        yield return Compare(
            "loss", crossEntropy, "PGD-40 on the cross-entropy", pgd, "PGD-40 on the margin", 5,
            "The cross-entropy hides where the network can be fooled: attack the margin or a ratio of logits.",
            Recommendation.PgdOnMargin);

        if (Attack(new AutoAttack()) is not { } everything)
            yield break;
        var bySquare = everything.Examples.Count(example => example.BrokenBy == Recommendation.Square.Attack.Name);
        yield return CheckResult.Of("black-box", 100.0 * bySquare / indices.Count, Threshold(0.3),
            string.Create(CultureInfo.InvariantCulture, $"AutoAttack leaves {Points(everything):F1} %, "
            + $"and {100.0 * bySquare / indices.Count:F1} points more without Square.")
            + (MaskingChecks.Caution(classifier.Classes) is { } caution ? $" {caution}" : ""),
            "An attack that sees no gradient finds what those that follow it miss.",
            Recommendation.Square);

        EvaluationResult? Attack(IAttack attack, ThreatModel? other = null)
        {
            using var ledger = Ledgers?.Invoke(attack, other ?? threat);
            var evaluator = new RobustnessEvaluator(classifier, other ?? threat, key, blockSize, workers)
            {
                Progress = Progress,
                Processes = Processes,
            };
            return evaluator.Run(data, indices, [attack], stopRequested, ledger);
        }

        double Threshold(double points) => AttackChecks.Threshold(points, indices.Count);

        CheckResult Compare(
            string name, EvaluationResult stronger, string strongerName, EvaluationResult weaker, string weakerName,
            double points, string means, Recommendation instead) =>
            CheckResult.Of(
                name, Difference(stronger.RobustAccuracy, weaker.RobustAccuracy), Threshold(points),
                string.Create(CultureInfo.InvariantCulture, $"{strongerName} leaves {Points(stronger):F1} %, "
                + $"{weakerName} {Points(weaker):F1} % (value in percentage points)."), means, instead);
    }

    /// <summary>
    /// How many percentage points more an attack leaves than another, of as many images. It is a difference of counts:
    /// that of two shares has a rounding error, which would decide at the threshold.
    /// </summary>
    internal static double Difference(Accuracy one, Accuracy other) =>
        100.0 * (one.Correct - other.Correct) / one.Examples;

    /// <summary>What a difference on so many images must be above to be flagged.</summary>
    internal static double Threshold(double points, long examples) => Math.Max(points, 100 * Chance / examples);

    private static double Points(EvaluationResult result) => 100 * result.RobustAccuracy.Value;

    /// <summary>
    /// The threat model of a radius at which the ball around every image holds the one that is grey all over.
    /// </summary>
    private ThreatModel WithConstantImage(ImageData data)
    {
        using var scope = NewDisposeScope();
        var black = zeros(1, data.Shape.Channels, data.Shape.Height, data.Shape.Width);
        return new() { Norm = threat.Norm, Epsilon = threat.Distance(black, black + 0.5).item<float>() };
    }
}
