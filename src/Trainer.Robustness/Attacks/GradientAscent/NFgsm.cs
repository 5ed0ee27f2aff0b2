using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// One step of length ε from noise that is uniform in the ball of radius k·ε (de Jorge et al. 2022, arXiv:2202.01181),
/// in the threat model's norm. It is meant for training: only the box is kept, clamped to after the noise and after the
/// step, so that perturbations reach (k + 1)·ε.
/// </summary>
[Component("n-fgsm")]
public sealed record NFgsm : IAttack
{
    /// <summary>k: the noise's radius over ε.</summary>
    [AtLeast(0)] public double Noise { get; init => field = Require.AtLeast(0, value); } = 2;

    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// </summary>
    [FormerName("goal")] public AttackLossKind? Loss { get; init; }

    /// <inheritdoc/>
    public string Name => $"n-fgsm{Loss.Suffix()}";

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => (Noise + 1) * threat.Epsilon;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var threat = batch.Threat;
        var adversarial = Ball.Create(threat with { Epsilon = Noise * threat.Epsilon }, batch.Images)
            .RandomStart(batch.Random.FromStart());
        // What the step can reach is within this ball: its projection is the clamp to the box.
        Ball.Create(threat with { Epsilon = Bound(threat) }, batch.Images)
            .Step(adversarial, batch.With(Loss).Loss.Gradient(batch.Classifier, adversarial), threat.Epsilon);
        return new(adversarial.MoveToOuterDisposeScope());
    }
}
