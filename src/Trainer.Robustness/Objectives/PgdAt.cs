using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Adversarial training (Madry et al. 2018, arXiv:1706.06083): the mean cross-entropy of adversarial images, which an
/// attack on the cross-entropy finds for the network as it stands.
/// </summary>
/// <param name="Attack">The inner maximisation; the paper's is PGD from a uniform start.</param>
[Component("pgd-at")]
public sealed record PgdAt(IAttack Attack) : IObjective
{
    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public Tensor? Perturb(TrainingBatch batch)
    {
        var goal = (Attack.Goal ?? GoalKind.CrossEntropy).For(batch.Labels);
        return Attack.Perturb(batch.AttackNetwork, batch.Images, goal, batch.Threat, batch.Random);
    }

    /// <inheritdoc/>
    public ObjectiveLoss Loss(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var logits = batch.Network.Logits(null, adversarial, Normalise.Together).Adversarial!;
        return new(batch.Targets.CrossEntropy(logits).mean(), Adversarial: new(logits, batch.Labels));
    }
}
