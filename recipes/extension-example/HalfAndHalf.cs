using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;

namespace Stripes;

/// <summary>A weighted mean of the cross-entropies of the clean and the adversarial images (Goodfellow et al. 2015, arXiv:1412.6572, section 6).</summary>
/// <param name="Attack">The inner maximisation.</param>
/// <param name="CleanWeight">The weight of the clean images.</param>
[Component("half-and-half")]
public sealed record HalfAndHalf(IAttack Attack, [property: Between(0, 1)] double CleanWeight = 0.5) : IObjective
{
    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(Attack);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var (clean, attacked) = batch.Network.Logits(batch.Images, adversarial, Normalise.Separate);
        var loss = (CleanWeight * batch.Targets.CrossEntropy(clean!).mean()) + ((1 - CleanWeight) * batch.Targets.CrossEntropy(attacked!).mean());
        return new(loss, new(clean!, batch.Labels), new(attacked!, batch.Labels));
    }
}
