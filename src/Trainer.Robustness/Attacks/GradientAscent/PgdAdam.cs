using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Projected gradient ascent by Adam (Kingma and Ba 2015, arXiv:1412.6980) instead of steps of one length, as Gowal et al. 2020
/// (arXiv:2010.03593) and Rebuffi et al. 2021 (arXiv:2103.01946) train: at the full rate for the first half of the steps, then
/// at a tenth of it.
/// </summary>
/// <param name="Steps">Gradient evaluations.</param>
/// <param name="Rate">Adam's rate, in image units.</param>
/// <param name="RandomStart">Starts uniformly in the ball; otherwise at the image.</param>
/// <param name="Goal">What to maximise; by default what the user of the attack asks for.</param>
[Component("pgd-adam")]
public sealed record PgdAdam(int Steps = 10, double Rate = 0.1, bool RandomStart = true, AttackLossKind? Goal = null) : IAttack
{
    /// <summary>Gradient evaluations.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>Adam's rate, in image units.</summary>
    [Positive]
    public double Rate { get; init; } = Require.Positive(Rate);

    /// <inheritdoc/>
    public string Name => $"pgd-adam-{Steps}{Goal.Suffix()}";

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var ball = threat.Around(images);
        var adversarial = Start(ball, random);
        new GradientAscent(classifier, threat, Steps).Whole(ball, adversarial, goal, Ascent(images, threat));
        return adversarial.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        StandingExamples.After(classifier, images, goal, random, left =>
            new GradientAscent(classifier, threat, Steps).Find(
                left.Images, Start(threat.Around(left.Images), left.Random), left.Goal, Ascent(left.Images, threat), Name));

    private Tensor Start(Ball ball, RandomSource random) => RandomStart ? ball.RandomStart(random) : ball.Images.clone();

    private AdamStep Ascent(Tensor images, ThreatModel threat) => new(images, threat.Step(Rate), Steps);
}
