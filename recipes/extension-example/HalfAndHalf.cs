using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;

namespace Stripes;

/// <summary>
/// A weighted mean of the cross-entropies of the clean and the adversarial images (Goodfellow et al. 2015,
/// arXiv:1412.6572, section 6).
/// </summary>
[Component("half-and-half")]
public sealed record HalfAndHalf : IObjective
{
    /// <summary>The inner maximisation.</summary>
    public required IAttack Attack { get; init; }

    /// <summary>The weight of the clean images.</summary>
    [Between(0, 1)] public double CleanWeight { get; init => field = Require.Between(0, 1, value); } = 0.5;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(Attack);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var (clean, attacked) = batch.Network.Logits(batch.Images, adversarial, Normalise.Separate);
        var loss = (CleanWeight * batch.Targets.CrossEntropy(clean!).mean())
            + ((1 - CleanWeight) * batch.Targets.CrossEntropy(attacked!).mean());
        return new(loss, new(clean!, batch.Labels), new(attacked!, batch.Labels));
    }
}
