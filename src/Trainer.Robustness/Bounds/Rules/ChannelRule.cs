namespace Trainer.Robustness.Bounds.Rules;

/// <summary>Scales and shifts each channel: x · scale + shift.</summary>
internal class ChannelRule : BoundRule
{
    private readonly (Tensor Scale, Tensor Shift)? stated;

    private ChannelRule(Tensor scale, Tensor shift) => stated = (scale, shift);

    protected ChannelRule()
    {
    }

    /// <summary>Float [C] each.</summary>
    protected virtual (Tensor Scale, Tensor Shift) Factors => stated!.Value;

    /// <summary>Float [C]: the sum of the absolute terms of the shift.</summary>
    protected virtual Tensor ShiftMagnitude => Factors.Shift.abs();

    /// <summary>The normalisation before a network.</summary>
    /// <param name="mean">Float32 [1, C, 1, 1], the classifier's own.</param>
    /// <param name="deviation">The same.</param>
    /// <param name="dtype">The network's.</param>
    public static ChannelRule Of(Tensor mean, Tensor deviation, ScalarType dtype)
    {
        (mean, deviation) = (mean.flatten().to(dtype), deviation.flatten().to(dtype));
        return new(1 / deviation, -mean / deviation);
    }

    /// <inheritdoc/>
    public override bool TakesWindows => true;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs)
    {
        var (scale, shift) = Over(inputs[0].dim());
        return (inputs[0] * scale) + shift;
    }

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs)
    {
        var (scale, shift) = Factors;
        return inputs[0].OfChannels(scale, shift);
    }

    /// <inheritdoc/>
    public override Tensor Rounding(IReadOnlyList<Interval> inputs, Roundoff roundoff)
    {
        var magnitude = inputs[0].Magnitude;
        return ((magnitude * Over(Factors.Scale.abs(), magnitude.dim())) + Constants(magnitude.dim()))
            * roundoff.OfSum(terms: 1);
    }

    /// <inheritdoc/>
    public override Tensor Constants(long dimensions) => Over(ShiftMagnitude, dimensions);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step)
    {
        var (scale, shift) = Over(step.Coefficients.dim() - 1);
        step.AddConstant(step.Coefficients, shift);
        return [step.Coefficients * scale.unsqueeze(1)];
    }

    /// <summary>As [1, C, 1, …].</summary>
    private (Tensor Scale, Tensor Shift) Over(long dimensions)
    {
        var (scale, shift) = Factors;
        return (Over(scale, dimensions), Over(shift, dimensions));
    }

    private static Tensor Over(Tensor channels, long dimensions) =>
        channels.reshape([1, -1, .. Enumerable.Repeat(1L, (int)dimensions - 2)]);
}
