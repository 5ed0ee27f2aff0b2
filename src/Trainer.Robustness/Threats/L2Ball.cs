using Trainer.Robustness.Random;

namespace Trainer.Robustness.Threats;

/// <summary>L2: scaled back to the sphere, then clamped to the box, which can only shorten the perturbation.</summary>
internal sealed class L2Ball(Tensor images, double epsilon) : Ball(images, epsilon)
{
    // Far below any length that matters, far above float32's smallest normal number.
    private const double Tiny = 1e-30;

    internal override Tensor Noise(RandomSource random)
    {
        using var scope = NewDisposeScope();
        var direction = random.Normal(Images);
        return UniformNoise(direction.div_(Lengths(direction)), random);
    }

    public override Tensor SurfaceStart(RandomSource random)
    {
        using var scope = NewDisposeScope();
        var start = random.Normal(Images);
        start.div_(Lengths(start)).mul_(Epsilon).add_(Images);
        Project(start);
        return start.MoveToOuterDisposeScope();
    }

    public override void SteepestDirection(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        // Scaled by the largest value first: the square of a small gradient would underflow.
        gradient.div_(gradient.abs().amax([1, 2, 3], keepdim: true).clamp_(min: Tiny));
        gradient.div_(Lengths(gradient));
    }

    public override void Project(Tensor adversarial)
    {
        using var scope = NewDisposeScope();
        var perturbation = adversarial - Images;
        var factor = (Epsilon / Lengths(perturbation)).clamp_(max: 1);
        adversarial.copy_(perturbation.mul_(factor).add_(Images).clamp_(0, 1));
    }

    private static Tensor Lengths(Tensor values) =>
        values.square().sum([1, 2, 3], keepdim: true).sqrt_().clamp_(min: Tiny);
}
