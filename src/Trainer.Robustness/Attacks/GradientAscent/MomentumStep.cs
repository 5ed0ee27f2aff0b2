using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Steps of one length along a decaying sum of gradients, each divided by the sum of its absolute values:
/// <see cref="Mim"/>.
/// </summary>
/// <param name="images">Float32 [N, C, H, W]: how many values the sum has.</param>
/// <param name="decay">Of the sum.</param>
/// <param name="stepSize">In the threat model's norm, in image units.</param>
internal sealed class MomentumStep(Tensor images, double decay, double stepSize) : IStepRule
{
    // Far below any sum that matters: a zero gradient stays zero.
    private const double Tiny = 1e-30;

    private Tensor sum = zeros_like(images);

    public void Step(Ball ball, Tensor point, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        sum.mul_(decay).add_(gradient / gradient.abs().sum([1, 2, 3], keepdim: true).clamp_(min: Tiny));
        ball.Step(point, sum.clone(), stepSize);
    }

    public void Select(Tensor rows) => RemainingExamples.Select(ref sum, rows);
}
