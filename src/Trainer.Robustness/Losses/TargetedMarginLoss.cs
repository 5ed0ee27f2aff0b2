using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Losses;

/// <summary>A target's logit minus the true class's: zero on the boundary between the two.</summary>
/// <param name="labels">Int64 [N], the true classes.</param>
/// <param name="targets">Int64 [N], the target classes.</param>
public sealed class TargetedMarginLoss(Tensor labels, Tensor targets) : AttackLoss(labels)
{
    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var own = logits.gather(1, Labels.unsqueeze(1)).squeeze(1);
        var target = logits.gather(1, targets.unsqueeze(1)).squeeze(1);
        return (target - own).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override void Check(long examples, int classes) =>
        AttackArguments.CheckTargets(targets, Labels, classes);

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new TargetedMarginLoss(Labels.index_select(0, rows), targets.index_select(0, rows));
}
