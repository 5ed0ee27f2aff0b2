using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Losses;

/// <summary>
/// The Kullback-Leibler divergence of the prediction from given probabilities, KL(p ‖ softmax of the logits), as TRADES
/// maximises it (Zhang et al. 2019, arXiv:1901.08573). Its gradient is zero where the prediction is p itself.
/// </summary>
/// <param name="labels">Int64 [N], the true classes.</param>
/// <param name="logProbabilities">Float32 [N, K], detached: log p.</param>
public sealed class KlLoss(Tensor labels, Tensor logProbabilities) : AttackLoss(labels)
{
    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits)
    {
        using var prediction = logits.log_softmax(1);
        return Divergence.PerRow(logProbabilities, prediction);
    }

    /// <inheritdoc/>
    protected internal override void Check(long examples, int classes)
    {
        using var probabilities = logProbabilities.exp();
        AttackArguments.CheckProbabilities(probabilities, "exponentials of logProbabilities", examples, classes);
    }

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new KlLoss(Labels.index_select(0, rows), logProbabilities.index_select(0, rows));

}
