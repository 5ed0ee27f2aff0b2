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
public sealed record PgdAdam(int Steps = 10, double Rate = 0.1, bool RandomStart = true, GoalKind? Goal = null) : IAttack
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    // That of the papers' public code.
    private const double Tiny = 1e-9;

    /// <summary>Gradient evaluations.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>Adam's rate, in image units.</summary>
    [Positive]
    public double Rate { get; init; } = Require.Positive(Rate);

    /// <inheritdoc/>
    public string Name => $"pgd-adam-{Steps}";

    /// <inheritdoc/>
    public Tensor Perturb(Classifier classifier, Tensor images, AttackGoal goal, ThreatModel threat, RandomSource random)
    {
        using var noGrad = no_grad();
        using var ball = threat.Around(images);
        using var first = zeros_like(images);
        using var second = zeros_like(images);
        var adversarial = RandomStart ? ball.RandomStart(random) : images.clone();
        for (var step = 1; step <= Steps; step++)
        {
            using var scope = NewDisposeScope();
            var gradient = goal.Gradient(classifier, adversarial);
            first.mul_(FirstDecay).add_(gradient, alpha: 1 - FirstDecay);
            second.mul_(SecondDecay).addcmul_(gradient, gradient, 1 - SecondDecay);
            var scale = (second / (1 - Math.Pow(SecondDecay, step))).sqrt_().add_(Tiny);
            var rate = threat.Step(2 * (step - 1) < Steps ? Rate : Rate / 10);
            adversarial.addcdiv_(first, scale, rate / (1 - Math.Pow(FirstDecay, step)));
            ball.Project(adversarial);
        }
        return adversarial;
    }
}
