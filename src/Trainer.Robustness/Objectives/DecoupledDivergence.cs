namespace Trainer.Robustness.Objectives;

/// <summary>The two parts of the decoupled Kullback-Leibler divergence (Cui et al. 2023, arXiv:2305.13948).</summary>
internal static class DecoupledDivergence
{
    /// <summary>The cross-entropy of predictions with probabilities that get no gradient.</summary>
    /// <param name="clean">Float32 [N, K]: logits.</param>
    /// <param name="adversarial">Float32 [N, K]: logits.</param>
    /// <returns>Float32 [N].</returns>
    public static Tensor CrossEntropy(Tensor clean, Tensor adversarial)
    {
        using var scope = NewDisposeScope();
        return (clean.detach().softmax(1) * adversarial.log_softmax(1)).sum(1).neg().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// ¼ Σ_jk w_j w_k ((z_j − z_k) − (z'_j − z'_k))² of each row, computed as ½ · Σ w · Σ_j w_j (d_j − d̄)² with d the
    /// difference of the logits and d̄ its weighted mean: K terms, not K².
    /// </summary>
    /// <param name="clean">Float32 [N, K]: z.</param>
    /// <param name="adversarial">Float32 [N, K]: z'.</param>
    /// <param name="weights">Float32 [N, K], positive: w.</param>
    /// <returns>Float32 [N].</returns>
    public static Tensor SquaredError(Tensor clean, Tensor adversarial, Tensor weights)
    {
        using var scope = NewDisposeScope();
        var difference = clean - adversarial;
        var total = weights.sum([1], keepdim: true);
        var mean = (weights * difference).sum([1], keepdim: true) / total;
        return (0.5 * total.squeeze(1) * (weights * (difference - mean).square()).sum(1)).MoveToOuterDisposeScope();
    }
}
