using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>Steps of one length along the steepest direction: <see cref="Pgd"/>.</summary>
/// <param name="stepSize">In the threat model's norm, in image units.</param>
internal sealed class SteepestStep(double stepSize) : IStepRule
{
    public void Step(Ball ball, Tensor point, Tensor gradient) => ball.Step(point, gradient, stepSize);

    public void Select(Tensor rows)
    {
        // Remembers nothing.
    }
}
