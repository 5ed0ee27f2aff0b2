using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Adversarial training by one step from strong noise (de Jorge et al. 2022, arXiv:2202.01181): the mean cross-entropy of
/// the images of the attack of the same name, which leave the ball.
/// </summary>
/// <param name="Noise">k: the noise's radius over ε.</param>
/// <param name="Mix">Clean images among the adversarial ones; by default none.</param>
[Component("n-fgsm")]
public sealed record NFgsm(double Noise = 2, Mix? Mix = null) : IObjective
{
    private readonly Attacks.NFgsm attack = new(Noise);

    /// <summary>k: the noise's radius over ε.</summary>
    [AtLeast(0)]
    public double Noise => attack.Noise;

    /// <summary>Clean images among the adversarial ones.</summary>
    public Mix Mix { get; init; } = Mix ?? new();

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => attack.Bound(threat);

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(attack);

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) => Mix.CrossEntropy(batch, adversarial);
}
