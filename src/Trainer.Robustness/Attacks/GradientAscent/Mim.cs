using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The momentum iterative method (Dong et al. 2018, arXiv:1710.06081): steps along a decaying sum of gradients, each
/// divided by the sum of its absolute values. Its images are known to fool other networks, too.
/// </summary>
/// <param name="Steps">Gradient evaluations.</param>
/// <param name="StepSize">Length of one step in the threat model's norm, in image units; by default ε / steps.</param>
/// <param name="Decay">Of the sum, μ.</param>
/// <param name="Goal">What to maximise; by default what the user of the attack asks for.</param>
[Component("mim")]
public sealed record Mim(int Steps = 10, double? StepSize = null, double Decay = 1, AttackLossKind? Goal = null) : IAttack
{
    /// <summary>Gradient evaluations.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>Length of one step, in image units; null for ε / steps.</summary>
    [AtLeast(0)]
    public double? StepSize { get; init; } = StepSize is { } size ? Require.AtLeast(0, size, nameof(StepSize)) : null;

    /// <summary>Of the sum.</summary>
    [AtLeast(0)]
    public double Decay { get; init; } = Require.AtLeast(0, Decay);

    /// <inheritdoc/>
    public string Name => $"mim-{Steps}{Goal.Suffix()}";

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var adversarial = images.clone();
        new GradientAscent(classifier, threat, Steps).Whole(threat.Around(images), adversarial, goal, Ascent(images, threat));
        return adversarial.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        StandingExamples.After(classifier, images, goal, random, left =>
            new GradientAscent(classifier, threat, Steps).Find(left.Images, left.Images, left.Goal, Ascent(left.Images, threat), Name));

    private MomentumStep Ascent(Tensor images, ThreatModel threat) =>
        new(images, Decay, StepSize is { } size ? threat.Step(size) : threat.Epsilon / Steps);
}
