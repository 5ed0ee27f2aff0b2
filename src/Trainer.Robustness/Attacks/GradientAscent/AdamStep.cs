using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>Adam's steps, the second half of them at a tenth of the rate: <see cref="PgdAdam"/>.</summary>
/// <param name="images">Float32 [N, C, H, W]: how many values the moments have.</param>
/// <param name="rate">In image units.</param>
/// <param name="steps">How many there will be.</param>
internal sealed class AdamStep(Tensor images, double rate, int steps) : IStepRule
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    // That of the papers' public code.
    private const double Tiny = 1e-9;

    private Tensor first = zeros_like(images);
    private Tensor second = zeros_like(images);
    private int step;

    public void Step(Ball ball, Tensor point, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        step++;
        first.mul_(FirstDecay).add_(gradient, alpha: 1 - FirstDecay);
        second.mul_(SecondDecay).addcmul_(gradient, gradient, 1 - SecondDecay);
        var scale = (second / (1 - Math.Pow(SecondDecay, step))).sqrt_().add_(Tiny);
        var now = 2 * (step - 1) < steps ? rate : rate / 10;
        point.addcdiv_(first, scale, now / (1 - Math.Pow(FirstDecay, step)));
        ball.Project(point);
    }

    public void Select(Tensor rows)
    {
        RemainingExamples.Select(ref first, rows);
        RemainingExamples.Select(ref second, rows);
    }
}
