namespace Trainer.Robustness.Bounds.Rules;

/// <summary>[N, …] to [N, D].</summary>
internal sealed class FlattenRule : BoundRule
{
    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => inputs[0].flatten(1);

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) => inputs[0].Map(values => values.flatten(1));

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step) => [step.Coefficients.reshape(
        [step.Coefficients.shape[0], step.Coefficients.shape[1], .. step.Inputs[0].Center.shape[1..]])];

    /// <inheritdoc/>
    public override Window? Before(Window window) => null;
}
