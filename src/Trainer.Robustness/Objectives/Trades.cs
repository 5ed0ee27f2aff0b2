using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// TRADES (Zhang et al. 2019, arXiv:1901.08573): the cross-entropy of the clean images plus β · KL(p(x) ‖ p(x_adv)),
/// summed over classes, averaged over the batch, with gradients through both sides. The attack maximises the same
/// divergence; the clean probabilities that it needs are computed once a batch, and not once a step as in the public
/// code.
/// </summary>
[Component("trades")]
public sealed record Trades : IObjective
{
    /// <summary>β: what the divergence weighs.</summary>
    [AtLeast(0)] public required double Beta { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// The inner maximisation; the paper's is PGD with <c>gaussianStart</c> 0.001. It must not start at the image,
    /// where the divergence has no gradient.
    /// </summary>
    public required IAttack Attack { get; init => field = DivergenceAttack.Require(value); }

    /// <summary>Rows that are trained on clean; by default none.</summary>
    public Mix Mix { get; init; } = new();

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public double LossWeight(long clean, long attacked) => Mix.LossWeight(clean, attacked);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => DivergenceAttack.Run(batch, Attack);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
        Mix.AgainstClean(batch, adversarial, rows =>
        rows.Targets.CrossEntropy(rows.Clean!) + (Beta * Divergence.PerRow(
        rows.Clean!.log_softmax(1), rows.Adversarial.log_softmax(1))));
}
