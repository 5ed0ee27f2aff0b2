using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The fast adaptive boundary attack towards one class after another in the order of the clean logits, FAB-T (Croce and
/// Hein 2020, arXiv:1907.02044): the smallest change that makes the network misclassify an example. Draws
/// nothing at random. An example leaves once it is misclassified within ε; with ε = 0 every run takes all steps, for the smallest
/// change that can be found.
/// </summary>
/// <param name="Steps">Iterations towards each class.</param>
/// <param name="Targets">How many classes, of those that there are: 9 in AutoAttack.</param>
[Component("fab-t")]
public sealed record FabTargeted(int Steps = 100, int Targets = 9) : IAttack
{
    /// <summary>Iterations towards each class.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>How many classes are targets.</summary>
    [AtLeast(1)]
    public int Targets { get; init; } = Require.AtLeast(1, Targets);

    /// <inheritdoc/>
    public string Name => "fab-t";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <summary>None: the attack succeeds if and only if the change that it finds is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        using var scope = NewDisposeScope();
        var closest = full([batch.Images.shape[0]], float.PositiveInfinity, batch.Images.dtype, batch.Images.device);
        var found = RemainingExamples.Attack(batch, Name, Math.Min(Targets, batch.Classifier.Classes - 1), (remaining, examples, logits) =>
        {
            var targets = logits.argsort(1, descending: true).select(1, 1 + remaining.Run).index_select(0, remaining.Rows);
            var boundary = new TargetedMarginLoss(examples.Loss.Labels, targets);
            FabRun.Run(examples with { Loss = examples.Loss.Replaced(boundary) }, Steps, closest, remaining);
        });
        return found with { Images = found.Images.MoveToOuterDisposeScope() };
    }
}
