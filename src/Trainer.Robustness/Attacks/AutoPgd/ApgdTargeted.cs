using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// <see cref="Apgd"/> on the targeted difference of logits ratio, towards one class after another in the order of the
/// clean logits (Croce and Hein 2020, arXiv:2003.01690); with fewer than 4 classes on the targeted margin, which is the
/// ratio's numerator (the public code does not run there).
/// </summary>
[Component("apgd-t", Version = 2)]
public sealed record ApgdTargeted : IAttack
{
    /// <summary>Iterations of each run.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>How many classes, of those that there are: 9 in AutoAttack, 5 for L1.</summary>
    [AtLeast(1)] public int Targets { get; init => field = Require.AtLeast(1, value); } = 9;

    /// <summary>Independent runs towards each class.</summary>
    [AtLeast(1)] public int Restarts { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>Gradients averaged in each iteration, for networks with noise of their own.</summary>
    [AtLeast(1), FormerName("draws")] public int EotIterations { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public string Name => "apgd-t";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    int? IAttack.TargetsOf(int classes) => TargetsOf(classes);

    /// <inheritdoc/>
    public string? Caution(int classes) => TargetedDlrLoss.Caution(classes, Name);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => RemainingExamples.Attack(
        batch, Name, TargetsOf(batch.Classifier.Classes) * Restarts, (remaining, examples, logits) =>
        {
            var targets = examples.Loss.Others(logits.index_select(0, remaining.Rows))
                .select(1, remaining.Run / Restarts);
            Run(targets, new() { Steps = Steps, EotIterations = EotIterations }, remaining, examples);
        });

    /// <summary>One run towards given classes.</summary>
    /// <param name="targets">Int64 [M], one for each of the examples.</param>
    /// <param name="attack">How to search.</param>
    /// <param name="remaining">Receives what the run finds.</param>
    /// <param name="examples">The M examples.</param>
    internal static void Run(Tensor targets, Apgd attack, RemainingExamples remaining, AttackBatch examples)
    {
        AttackLoss targeted = examples.Classifier.Classes < TargetedDlrLoss.LeastClasses
            ? new TargetedMarginLoss(examples.Loss.Labels, targets)
            : new TargetedDlrLoss(examples.Loss.Labels, targets);
        attack.Run(
            remaining, examples with
            {
                Loss = examples.Loss.Replaced(targeted),
                Random = examples.Random.With(remaining.Run),
            });
    }

    private int TargetsOf(int classes) => Math.Min(Targets, classes - 1);
}
