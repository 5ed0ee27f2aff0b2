using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Losses;

/// <summary>The cross-entropy of the true class (Madry et al. 2018, arXiv:1706.06083).</summary>
/// <param name="labels">Int64 [N], the true classes.</param>
/// <param name="shares">
/// Float32 [N, K], each row summing to 1: the distribution to move away from instead; null for the classes.
/// </param>
public sealed class CrossEntropyLoss(Tensor labels, Tensor? shares = null) : AttackLoss(labels)
{
    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits) =>
        nn.functional.cross_entropy(logits, shares ?? Labels, reduction: nn.Reduction.None);

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new CrossEntropyLoss(Labels.index_select(0, rows), shares?.index_select(0, rows));

    /// <inheritdoc/>
    internal override AttackLoss As(AttackLossKind kind, int classes) =>
        kind == AttackLossKind.CrossEntropy ? this : base.As(kind, classes);

    /// <inheritdoc/>
    protected internal override void Check(long examples, int classes)
    {
        if (shares is not null)
            AttackArguments.CheckProbabilities(shares, nameof(shares), examples, classes);
    }
}
