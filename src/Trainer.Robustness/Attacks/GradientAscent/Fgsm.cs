using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// One step of length ε from the image itself (Goodfellow et al. 2015, arXiv:1412.6572), in the threat model's norm:
/// the fast gradient sign method for L∞, the fast gradient method for L2.
/// </summary>
/// <param name="Goal">What to maximise; by default what the user of the attack asks for.</param>
[Component("fgsm")]
public sealed record Fgsm(AttackLossKind? Goal = null) : IAttack
{
    private static readonly Pgd OneStep = new(Steps: 1, StepSize: null, RandomStart: false);

    /// <inheritdoc/>
    public string Name => $"fgsm{Goal.Suffix()}";

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        (OneStep with { StepSize = threat.FullEpsilon() }).PerturbUnchecked(classifier, images, goal, threat, random);

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        (OneStep with { StepSize = threat.FullEpsilon() }).RunUnchecked(classifier, images, goal, threat, random, Name);
}
