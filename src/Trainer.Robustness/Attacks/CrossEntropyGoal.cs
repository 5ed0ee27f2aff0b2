namespace Trainer.Robustness.Attacks;

/// <summary>The cross-entropy of the true class (Madry et al. 2018, arXiv:1706.06083).</summary>
/// <param name="labels">Int64 [N], the true classes.</param>
public sealed class CrossEntropyGoal(Tensor labels) : AttackGoal(labels)
{
    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits) =>
        nn.functional.cross_entropy(logits, Labels, reduction: nn.Reduction.None);

    /// <inheritdoc/>
    public override AttackGoal Select(Tensor rows) => new CrossEntropyGoal(Labels.index_select(0, rows));
}
