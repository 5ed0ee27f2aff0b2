using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// The decoupled Kullback-Leibler divergence (DKL, Cui et al. 2023, arXiv:2305.13948): the cross-entropy of the clean
/// images, plus α · the cross-entropy of the adversarial predictions with the clean probabilities p, plus β · ¼ Σ_jk
/// p_j p_k (Δ_jk − Δ'_jk)², with Δ_jk = z_j − z_k of the clean logits and Δ' of the adversarial ones. p and Δ' get no
/// gradient. With α = β it has the gradient of TRADES with that β; <c>gkl</c> is what the papers make of it. Batch
/// norm: running statistics move by clean, then by adversarial images, as in all objectives; the public code's order is
/// that of <c>batchNorm.update</c> adversarial, natural.
/// </summary>
[Component("dkl")]
public sealed record Dkl : DivergenceObjective
{
    /// <summary>α: what the cross-entropy weighs, whose gradient goes to the adversarial logits.</summary>
    [AtLeast(0)] public required double Alpha { get; init => field = Require.AtLeast(0, value); }

    /// <summary>β: what the squared error weighs, whose gradient goes to the clean logits.</summary>
    [AtLeast(0)] public required double Beta { get; init => field = Require.AtLeast(0, value); }

    /// <inheritdoc/>
    public override ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
        Mix.AgainstClean(batch, adversarial, rows =>
        rows.Targets.CrossEntropy(rows.Clean!)
        + (Alpha * DecoupledDivergence.CrossEntropy(rows.Clean!, rows.Adversarial))
        + (Beta * DecoupledDivergence.SquaredError(
            rows.Clean!, rows.Adversarial.detach(), rows.Clean!.detach().softmax(1))));
}
