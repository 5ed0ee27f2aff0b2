namespace Trainer.Robustness.Losses;

/// <summary>
/// The largest other logit minus the true class's: above zero exactly where the example is misclassified (the loss f₆
/// of Carlini and Wagner 2017, arXiv:1608.04644, without its cut-off). Unlike the cross-entropy it does not vanish for
/// confident networks.
/// </summary>
/// <param name="labels">Int64 [N], the true classes.</param>
public sealed class MarginLoss(Tensor labels) : AttackLoss(labels)
{
    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var index = Labels.unsqueeze(1);
        var own = logits.gather(1, index).squeeze(1);
        var others = logits.scatter(1, index, full_like(index, float.NegativeInfinity, logits.dtype)).amax(1);
        return (others - own).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) => new MarginLoss(Labels.index_select(0, rows));
}
