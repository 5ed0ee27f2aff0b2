namespace Trainer.Robustness.Bounds.Rules;

/// <summary>The sum of two values.</summary>
internal sealed class SumRule : BoundRule
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => inputs[0] + inputs[1];

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) => inputs[0].Add(inputs[1]);

    /// <inheritdoc/>
    public override Tensor Rounding(IReadOnlyList<Interval> inputs, Roundoff roundoff) =>
        (inputs[0].Magnitude + inputs[1].Magnitude) * roundoff.OfSum(inputs.Count);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step) => [step.Coefficients, step.Coefficients];
}
