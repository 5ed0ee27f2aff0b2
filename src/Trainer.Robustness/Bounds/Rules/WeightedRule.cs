namespace Trainer.Robustness.Bounds.Rules;

/// <summary>
/// A layer of weights: the centre goes through the weights, the radius through their absolute values. A batch norm
/// right behind it is folded into the weights, which are fewer than the values.
/// </summary>
internal abstract class WeightedRule : BoundRule
{
    /// <inheritdoc/>
    public sealed override bool Mixes => true;

    /// <summary>Float [outputs, …].</summary>
    protected abstract Tensor Weight { get; }

    /// <summary>Float [outputs], or null.</summary>
    protected abstract Tensor? Bias { get; }

    /// <inheritdoc/>
    public sealed override Interval Bounds(IReadOnlyList<Interval> inputs) => Interval.Deferred(
        () => Bounds(inputs[0], Weight, Bias),
        (scale, shift) => Bounds(inputs[0], Weight * scale.reshape([-1, .. Weight.shape[1..].Select(_ => 1L)]),
            Bias is { } bias ? (bias * scale) + shift : shift));

    /// <inheritdoc/>
    public sealed override Tensor Rounding(IReadOnlyList<Interval> inputs, Roundoff roundoff)
    {
        var terms = Math.Max(Weight.numel() / Weight.shape[0], Weight.numel() / Weight.shape[1]);
        return Apply(inputs[0].Magnitude, Weight.abs(), Bias?.abs()) * roundoff.OfSum(terms);
    }

    /// <inheritdoc/>
    public sealed override Tensor? Constants(long dimensions) =>
        Bias?.abs().reshape([1, -1, .. Enumerable.Repeat(1L, (int)dimensions - 2)]);

    /// <summary>The layer with other weights.</summary>
    protected abstract Tensor Apply(Tensor values, Tensor weight, Tensor? bias);

    private Interval Bounds(Interval input, Tensor weight, Tensor? bias)
    {
        var (center, radius, factor) = input.Scaled;
        if (factor != 1)
            weight = weight * factor;
        return Interval.Around(Apply(center, weight, bias), Apply(radius, weight.abs(), null));
    }
}
