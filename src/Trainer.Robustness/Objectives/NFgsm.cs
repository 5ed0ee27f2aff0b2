using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Adversarial training by one step from strong noise (de Jorge et al. 2022, arXiv:2202.01181): the mean cross-entropy
/// of the images of the attack of the same name, which leave the ball.
/// </summary>
[Component("n-fgsm")]
public sealed record NFgsm : IObjective
{
    /// <summary>k: the noise's radius over ε.</summary>
    [AtLeast(0)] public double Noise { get; init => field = Require.AtLeast(0, value); } = 2;

    /// <summary>Clean images among the adversarial ones; by default none.</summary>
    public Mix Mix { get; init; } = new();

    private Attacks.NFgsm Attack => new() { Noise = Noise };

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
