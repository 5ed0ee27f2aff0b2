using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Losses;

/// <summary>The log-probability of a target class.</summary>
/// <param name="labels">Int64 [N], the true classes.</param>
/// <param name="targets">Int64 [N], the target classes.</param>
public sealed class TargetedCrossEntropyLoss(Tensor labels, Tensor targets) : AttackLoss(labels)
{
    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits)
    {
        using var scope = NewDisposeScope();
        return (-nn.functional.cross_entropy(logits, targets, reduction: nn.Reduction.None)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override void Check(long examples, int classes) =>
        AttackArguments.CheckTargets(targets, Labels, classes);

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new TargetedCrossEntropyLoss(Labels.index_select(0, rows), targets.index_select(0, rows));
}
