namespace Trainer.Robustness.Bounds.Rules;

/// <summary>
/// A ReLU of values in [l, u]. Where l &lt; 0 &lt; u, it is at most the line through (l, 0) and (u, u), and at least
/// α · x: by default α is 1 where u &gt; −l and 0 elsewhere, CROWN's adaptive choice.
/// </summary>
internal sealed class ReluRule : BoundRule
{
    // Keeps u − l from being zero; the lines stay bounds.
    private const double Tiny = 1e-8;

    /// <inheritdoc/>
    public override bool IsRelaxed => true;

    /// <inheritdoc/>
    public override bool TakesWindows => true;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => inputs[0].relu();

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) =>
        Interval.Between(inputs[0].Lower.relu(), inputs[0].Upper.relu());

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step)
    {
        var (slope, intercept) = UpperLine(step.Inputs[0]);
        var upper = step.At(slope);
        var lower = step.Slopes is null ? AdaptiveSlope(upper) : Limited(step.Slopes, step.Inputs[0]);
        // Where a coefficient is negative, the function is smallest at the upper line.
        var negative = step.Coefficients.clamp_max(0);
        step.AddUpper(negative, intercept);
        // One of the two terms is zero, so that nothing cancels.
        return [(step.Coefficients.clamp_min(0) * lower).addcmul(negative, upper, 1)];
    }

    /// <summary>The slope to begin with: 0 or 1.</summary>
    /// <param name="input">The bounds of the values.</param>
    /// <returns>Float [N, …].</returns>
    public static Tensor AdaptiveSlope(Interval input) => AdaptiveSlope(UpperLine(input).Slope);

    private static Tensor AdaptiveSlope(Tensor upperSlope) => upperSlope.gt(0.5).to(upperSlope.dtype);

    private static (Tensor Slope, Tensor Intercept) UpperLine(Interval input)
    {
        var lower = input.Lower.clamp_max(0);
        var upper = maximum(input.Upper.clamp_min(0), lower + Tiny);
        var slope = upper / (upper - lower);
        return (slope, -lower * slope);
    }

    /// <summary>Slopes of some rows: 0 or 1 of stable neurons.</summary>
    private static Tensor Limited(Tensor slopes, Interval input)
    {
        var active = input.Lower.ge(0).to(slopes.dtype);
        var unstable = input.Lower.lt(0).logical_and(input.Upper.gt(0)).to(slopes.dtype);
        return (slopes * unstable.unsqueeze(1)) + active.unsqueeze(1);
    }
}
