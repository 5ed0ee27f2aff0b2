using Trainer.Robustness.Random;

namespace Trainer.Robustness.Threats;

/// <summary>L∞: ball and box together are one box per value, computed once.</summary>
internal sealed class LinfBall : Ball
{
    private readonly Tensor lowest;
    private readonly Tensor highest;

    public LinfBall(Tensor images, double epsilon)
        : this(images, epsilon, (images - epsilon).clamp_(0, 1), (images + epsilon).clamp_(0, 1))
    {
    }

    private LinfBall(Tensor images, double epsilon, Tensor lowest, Tensor highest) : base(images, epsilon, lowest, highest) =>
        (this.lowest, this.highest) = (lowest, highest);

    public override Tensor RandomStart(RandomSource random)
    {
        var start = random.Uniform(Images).mul_(2 * Epsilon).sub_(Epsilon).add_(Images);
        Project(start);
        return start;
    }

    public override void Ascend(Tensor adversarial, Tensor gradient, double stepSize)
    {
        adversarial.add_(gradient.sign_(), alpha: stepSize);
        Project(adversarial);
    }

    public override void Project(Tensor adversarial) => adversarial.clamp_(lowest, highest);
}
