using Trainer.Robustness.Components;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// <see cref="Apgd"/> on the targeted difference of logits ratio, towards one class after another in the order of the
/// clean logits (Croce and Hein 2020, arXiv:2003.01690); on the targeted cross-entropy with fewer than 4 classes.
/// </summary>
/// <param name="Steps">Iterations of each run.</param>
/// <param name="Targets">How many classes, of those that there are: 9 in AutoAttack, 5 for L1.</param>
/// <param name="Restarts">Independent runs towards each class.</param>
/// <param name="EotIterations">Gradients averaged in each iteration, for networks with noise of their own.</param>
[Component("apgd-t")]
public sealed record ApgdTargeted(int Steps = 100, int Targets = 9, int Restarts = 1, int EotIterations = 1) : IAttack
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
    [FormerName("draws")]
    public int EotIterations { get; init; } = Require.AtLeast(1, EotIterations);

    /// <inheritdoc/>
    public string Name => "apgd-t";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <inheritdoc/>
    public string? Caution(int classes) => classes >= TargetedDlrLoss.LeastClasses ? null
        : $"The targeted difference of logits ratio needs {TargetedDlrLoss.LeastClasses} classes; with {classes}, {Name} maximises the targeted cross-entropy.";

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => RemainingExamples.Attack(
        batch, Name, Math.Min(Targets, batch.Classifier.Classes - 1) * Restarts, (remaining, examples, logits) =>
        {
            // Column 0 is the predicted class: the true one of every example that is attacked.
            var targets = logits.argsort(1, descending: true).select(1, 1 + remaining.Run / Restarts).index_select(0, remaining.Rows);
            AttackLoss targeted = batch.Classifier.Classes < TargetedDlrLoss.LeastClasses
                ? new TargetedCrossEntropyLoss(examples.Loss.Labels, targets)
                : new TargetedDlrLoss(examples.Loss.Labels, targets);
            new Apgd(Steps, EotIterations: EotIterations).Run(
                remaining, examples with { Loss = examples.Loss.Replaced(targeted), Random = examples.Random.With(remaining.Run) });
        });
}
