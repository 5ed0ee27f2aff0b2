namespace Trainer.Robustness.Losses;

/// <summary>
/// The loss of the nuclear-norm attack (Sriramanan et al. 2021, "Towards Efficient and Effective Adversarial
/// Training"): the cross-entropy plus weight / N times the nuclear norm of the batch's differences from clean logits.
/// Unlike other losses, it couples the rows.
/// </summary>
/// <param name="crossEntropy">Of the same rows.</param>
/// <param name="clean">Float32 [N, K], detached: the logits of the clean images.</param>
/// <param name="weight">Float32 [], detached.</param>
internal sealed class NuclearNormLoss(AttackLoss crossEntropy, Tensor clean, Tensor weight)
    : AttackLoss(crossEntropy.Labels)
{
    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits) =>
        crossEntropy.PerExample(logits) + (weight / logits.shape[0] * NuclearNorm.Of(clean - logits));

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new NuclearNormLoss(crossEntropy.Select(rows), clean.index_select(0, rows), weight);
}
