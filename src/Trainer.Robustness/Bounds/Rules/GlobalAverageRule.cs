namespace Trainer.Robustness.Bounds.Rules;

/// <summary>The mean over the pixels: [N, C, H, W] to [N, C].</summary>
internal sealed class GlobalAverageRule : BoundRule
{
    /// <inheritdoc/>
    public override bool Mixes => true;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => inputs[0].mean([2, 3]);

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) => inputs[0].Map(values => values.mean([2, 3]));

    /// <inheritdoc/>
    public override Tensor Rounding(IReadOnlyList<Interval> inputs, Roundoff roundoff)
    {
        var magnitude = inputs[0].Magnitude;
        return magnitude.mean([2, 3]) * roundoff.OfSum(magnitude.shape[2] * magnitude.shape[3]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step)
    {
        var shape = step.Inputs[0].Center.shape;
        var coefficients = (step.Coefficients / (shape[2] * shape[3])).unsqueeze(3).unsqueeze(4);
        return [coefficients.expand([coefficients.shape[0], coefficients.shape[1], .. shape[1..]])];
    }

    /// <inheritdoc/>
    public override Window? Before(Window window) => null;
}
