using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The fast adaptive boundary attack towards one class after another in the order of the clean logits, FAB-T (Croce and
/// Hein 2020, arXiv:1907.02044): the smallest change that makes the network misclassify an example. Draws nothing at
/// random. An example leaves once it is misclassified within ε; with ε = 0 every run takes all steps, for the smallest
/// change that can be found.
/// </summary>
[Component("fab-t")]
public sealed record FabTargeted : IAttack
{
    /// <summary>Iterations towards each class.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>How many classes, of those that there are: 9 in AutoAttack.</summary>
    [AtLeast(1)] public int Targets { get; init => field = Require.AtLeast(1, value); } = 9;

    /// <inheritdoc/>
    public string Name => "fab-t";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <summary>None: the attack succeeds if and only if the change that it finds is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    int? IAttack.TargetsOf(int classes) => TargetsOf(classes);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        using var scope = NewDisposeScope();
        var closest = full([batch.Images.shape[0]], float.PositiveInfinity, batch.Images.dtype, batch.Images.device);
        var found = RemainingExamples.Attack(
            batch with { StopAtSuccess = true }, Name, TargetsOf(batch.Classifier.Classes),
            (remaining, examples, logits) =>
        {
            var targets = logits.argsort(1, descending: true).select(1, 1 + remaining.Run)
                .index_select(0, remaining.Rows);
            var boundary = new TargetedMarginLoss(examples.Loss.Labels, targets);
            FabRun.Run(examples with { Loss = examples.Loss.Replaced(boundary) }, Steps, closest, remaining);
        });
        return found with { Images = found.Images.MoveToOuterDisposeScope() };
    }

    private int TargetsOf(int classes) => Math.Min(Targets, classes - 1);
}
