namespace Trainer.Robustness.Bounds.Rules;

/// <summary>The images.</summary>
internal sealed class InputRule : BoundRule
{
    /// <inheritdoc/>
    public override bool TakesWindows => true;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step) => [];
}
