using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Fast adversarial training (Wong et al. 2020, arXiv:2001.03994): the mean cross-entropy of images one projected step from
/// a uniform start in the ball.
/// </summary>
/// <param name="StepFactor">The step's length over ε.</param>
/// <param name="Alpha">The step's length in image units, in place of the factor.</param>
/// <param name="Mix">Clean images among the adversarial ones; by default none.</param>
[Component("fgsm-rs")]
public sealed record FgsmRs(double StepFactor = 1.25, double? Alpha = null, Mix? Mix = null) : IObjective
{
    /// <summary>The step's length over ε.</summary>
    [Positive]
    public double StepFactor { get; init; } = Require.Positive(StepFactor);

    /// <summary>The step's length in image units; null for the factor times ε.</summary>
    [Positive]
    public double? Alpha { get; init; } = Alpha is { } length ? Require.Positive(length, nameof(Alpha)) : null;

    /// <summary>Clean images among the adversarial ones.</summary>
    public Mix Mix { get; init; } = Mix ?? new();

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => threat.Epsilon;

    /// <inheritdoc/>
    public long CleanRows(long rows) => Mix.CleanRows(rows);

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => batch.Attack(new Pgd(Steps: 1, Alpha ?? StepFactor * batch.Threat.FullEpsilon()));

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) => Mix.CrossEntropy(batch, adversarial);
}
