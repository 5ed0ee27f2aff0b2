namespace Trainer.Robustness.Bounds.Rules;

/// <summary>Columns of zeros at the right and rows of zeros at the bottom.</summary>
/// <param name="right">Columns.</param>
/// <param name="bottom">Rows.</param>
internal sealed class PadRule(long right, long bottom) : BoundRule
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Pad(inputs[0]);

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) => inputs[0].Map(Pad);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step) => [step.Coefficients
        .narrow(3, 0, step.Coefficients.shape[3] - bottom).narrow(4, 0, step.Coefficients.shape[4] - right)];

    private Tensor Pad(Tensor values) => nn.functional.pad(values, [0, right, 0, bottom]);
}
