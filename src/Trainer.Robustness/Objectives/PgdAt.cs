using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Adversarial training (Madry et al. 2018, arXiv:1706.06083): the mean cross-entropy of adversarial images, which an
/// attack on the cross-entropy finds for the network as it is.
/// </summary>
[Component("pgd-at")]
public sealed record PgdAt : IObjective
{
    /// <summary>The inner maximisation; the paper's is PGD from a uniform start.</summary>
    public required IAttack Attack { get; init; }

    /// <summary>Clean images among the adversarial ones; by default none.</summary>
    public Mix Mix { get; init; } = new();

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public double LossWeight(long clean, long attacked) => Mix.LossWeight(clean, attacked);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(Attack);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
        Mix.CrossEntropy(batch, adversarial);
}
