using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// TRADES (Zhang et al. 2019, arXiv:1901.08573): the cross-entropy of the clean images plus β · KL(p(x) ‖ p(x_adv)),
/// summed over classes, averaged over the batch, with gradients through both sides. The attack maximises the same
/// divergence; the clean probabilities that it needs are computed once a batch, and not once a step as in the public
/// code.
/// </summary>
[Component("trades")]
public sealed record Trades : DivergenceObjective
{
    /// <summary>β: what the divergence weighs.</summary>
    [AtLeast(0)] public required double Beta { get; init => field = Require.AtLeast(0, value); }

    /// <inheritdoc/>
    public override ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
        Mix.AgainstClean(batch, adversarial, rows =>
        rows.Targets.CrossEntropy(rows.Clean!) + (Beta * Divergence.PerRow(
        rows.Clean!.log_softmax(1), rows.Adversarial.log_softmax(1))));
}
