using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// <see cref="Apgd"/> on the targeted difference of logits ratio, towards one class after another in the order of the
/// clean logits (Croce and Hein 2020, arXiv:2003.01690); on the targeted cross-entropy with fewer than 4 classes.
/// </summary>
/// <param name="Steps">Iterations of each run.</param>
/// <param name="Targets">How many classes, of those that there are: 9 in AutoAttack, 5 for L1.</param>
/// <param name="Restarts">Independent runs towards each class.</param>
/// <param name="Draws">Gradients averaged in each iteration, for networks with noise of their own.</param>
[Component("apgd-t")]
public sealed record ApgdTargeted(int Steps = 100, int Targets = 9, int Restarts = 1, int Draws = 1) : IAttack
{
    /// <summary>Iterations of each run.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>How many classes are targets.</summary>
    [AtLeast(1)]
    public int Targets { get; init; } = Require.AtLeast(1, Targets);

    /// <summary>Independent runs towards each class.</summary>
    [AtLeast(1)]
    public int Restarts { get; init; } = Require.AtLeast(1, Restarts);

    /// <summary>Gradients averaged in each iteration.</summary>
    [AtLeast(1)]
    public int Draws { get; init; } = Require.AtLeast(1, Draws);

    /// <inheritdoc/>
    public string Name => "apgd-t";

    /// <inheritdoc/>
    public AttackLossKind? Goal => null;

    /// <inheritdoc/>
    public string? Caution(int classes) => classes >= TargetedDlrLoss.LeastClasses ? null
        : $"The targeted difference of logits ratio needs {TargetedDlrLoss.LeastClasses} classes; with {classes}, {Name} maximises the targeted cross-entropy.";

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        RunUnchecked(classifier, images, goal, threat, random).Images;

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var standing = new StandingExamples(classifier, images, goal, random);
        // Column 0 is the class that the network chooses: the true one of every example that is attacked.
        var ranking = standing.CleanLogits.argsort(1, descending: true);
        var runs = Math.Min(Targets, classifier.Classes - 1) * Restarts;
        for (var run = 0; run < runs && standing.Any; run++)
        {
            using var runScope = NewDisposeScope();
            var left = standing.Left();
            var targets = ranking.select(1, 1 + run / Restarts).index_select(0, left.Index);
            AttackLoss towards = classifier.Classes < TargetedDlrLoss.LeastClasses
                ? new TargetedCrossEntropyLoss(left.Goal.Labels, targets)
                : new TargetedDlrLoss(left.Goal.Labels, targets);
            var found = new Apgd(Steps, Draws: Draws).Run(classifier, left.Images, left.Goal.Replaced(towards), threat, left.Random.With(run), Name, run);
            standing.Keep(left, found);
        }
        return standing.Findings;
    }
}
