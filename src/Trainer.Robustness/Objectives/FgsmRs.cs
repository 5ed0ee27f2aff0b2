using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Fast adversarial training (Wong et al. 2020, arXiv:2001.03994): the mean cross-entropy of images one projected step
/// from a uniform start in the ball.
/// </summary>
[Component("fgsm-rs")]
public sealed record FgsmRs : IObjective
{
    /// <summary>The step's length over ε.</summary>
    [Positive] public double StepFactor { get; init => field = Require.Positive(value); } = 1.25;

    /// <summary>The step's length in image units; null for the factor times ε.</summary>
    [Positive] public double? Alpha { get; init => field = Require.Positive(value); }

    /// <summary>Clean images among the adversarial ones; by default none.</summary>
    public Mix Mix { get; init; } = new();

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => threat.Epsilon;

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public double LossWeight(long clean, long attacked) => Mix.LossWeight(clean, attacked);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(new Pgd
    {
        Steps = 1,
        StepSize = Alpha ?? StepFactor * batch.Threat.FullEpsilon(),
    });

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
        Mix.CrossEntropy(batch, adversarial);
}
