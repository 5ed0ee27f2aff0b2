using Trainer.Robustness.Random;

namespace Trainer.Robustness.Threats;

/// <summary>
/// L1: projected exactly on the intersection of ball and box (Croce and Hein 2021, arXiv:2103.01208).
/// </summary>
internal sealed class L1Ball(Tensor images, double epsilon) : Ball(images, epsilon)
{
    private const double Tiny = 1e-30;

    // Of the values, how many a step moves.
    private const double Share = 0.01;

    internal override Tensor Noise(RandomSource random)
    {
        using var scope = NewDisposeScope();
        // Exponential lengths with random signs, over their sum, are uniform on the sphere.
        var side = random.Uniform(Images).mul_(2).sub_(1);
        var direction = (1 - side.abs()).clamp_(min: Tiny).log_().mul_(side.sign());
        return UniformNoise(direction.div_(Lengths(direction)), random);
    }

    public override Tensor SurfaceStart(RandomSource random)
    {
        var start = random.Normal(Images).add_(Images);
        Project(start);
        return start;
    }

    public override void SteepestDirection(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var size = gradient.abs().flatten(1);
        var (largest, _) = size.topk((int)Math.Ceiling(Share * size.shape[1]), 1);
        var least = largest.amin(1).reshape(-1, 1, 1, 1);
        gradient.mul_(gradient.abs() >= least).sign_();
        gradient.div_(Lengths(gradient));
    }

    /// <summary>Leaves out of the step the values that the box [0, 1] does not let move any further.</summary>
    public override void Step(Tensor adversarial, Tensor gradient, double stepSize)
    {
        using var scope = NewDisposeScope();
        var stopped = (adversarial <= 0).logical_and(gradient < 0)
            .logical_or((adversarial >= 1).logical_and(gradient > 0));
        gradient.masked_fill_(stopped, 0);
        base.Step(adversarial, gradient, stepSize);
    }

    public override void Project(Tensor adversarial)
    {
        using var scope = NewDisposeScope();
        adversarial.copy_(L1Projection.OnBallAndBox(Images, adversarial - Images, Epsilon));
    }

    private static Tensor Lengths(Tensor values) => values.abs().sum([1, 2, 3], keepdim: true).clamp_(min: Tiny);
}
