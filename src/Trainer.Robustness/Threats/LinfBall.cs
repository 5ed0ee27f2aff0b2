using Trainer.Robustness.Random;

namespace Trainer.Robustness.Threats;

/// <summary>L∞: ball and box together are one box per value, computed once.</summary>
internal sealed class LinfBall : Ball
{
    private const double Tiny = 1e-12;
    private readonly Tensor lowest;
    private readonly Tensor highest;

    public LinfBall(Tensor images, double epsilon)
        : this(images, epsilon, (images - epsilon).clamp_(0, 1), (images + epsilon).clamp_(0, 1))
    {
    }

    private LinfBall(Tensor images, double epsilon, Tensor lowest, Tensor highest)
        : base(images, epsilon, lowest, highest) =>
        (this.lowest, this.highest) = (lowest, highest);

    internal override Tensor Noise(RandomSource random) =>
        random.Uniform(Images).mul_(2 * Epsilon).sub_(Epsilon);

    public override Tensor SurfaceStart(RandomSource random)
    {
        using var scope = NewDisposeScope();
        var direction = random.Uniform(Images).mul_(2).sub_(1);
        direction.div_(direction.abs().amax([1, 2, 3], keepdim: true).add_(Tiny));
        var start = direction.mul_(Epsilon).add_(Images);
        Project(start);
        return start.MoveToOuterDisposeScope();
    }

    public override void SteepestDirection(Tensor gradient) => gradient.sign_();

    public override void Project(Tensor adversarial) => adversarial.clamp_(lowest, highest);
}
