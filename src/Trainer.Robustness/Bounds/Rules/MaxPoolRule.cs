using TorchSharp.Modules;

namespace Trainer.Robustness.Bounds.Rules;

/// <summary>
/// The largest value of each window. It is at least the value whose lower bound is the largest, and that value itself
/// where no other's upper bound is larger; else it is at most the largest upper bound.
/// </summary>
internal sealed class MaxPoolRule : BoundRule
{
    private readonly long[] kernel;
    private readonly long[] stride;
    private readonly long[] padding;

    /// <exception cref="NotSupportedException">It is dilated or rounds its size up.</exception>
    public MaxPoolRule(MaxPool2d layer)
    {
        if (layer.ceil_mode || (layer.dilation is { } dilation && dilation.Any(size => size != 1)))
            throw new NotSupportedException("Found a max pool that is dilated or rounds its size up, of which no "
                + "bounds can be computed; expected one without.");
        (kernel, stride, padding) = (Pair(layer.kernel_size), Pair(layer.stride ?? layer.kernel_size),
            Pair(layer.padding ?? [0]));
    }

    /// <inheritdoc/>
    public override bool IsRelaxed => true;

    /// <inheritdoc/>
    public override bool Mixes => true;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Pool(inputs[0]);

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) =>
        Interval.Between(Pool(inputs[0].Lower), Pool(inputs[0].Upper));

    /// <inheritdoc/>
    public override Tensor Rounding(IReadOnlyList<Interval> inputs, Roundoff roundoff) =>
        Pool(inputs[0].Magnitude) * roundoff.OfSum(kernel[0] * kernel[1]);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step)
    {
        var (lower, upper) = (step.Inputs[0].Lower, step.Inputs[0].Upper);
        var (largest, indices) = nn.functional.max_pool2d_with_indices(lower, kernel, stride, padding);
        var isNotAlone = 1 - IsAlone(upper, largest, indices);
        var negative = step.Coefficients.clamp_max(0);
        step.AddUpper(negative, Pool(upper) * isNotAlone);
        var kept = step.Coefficients - (negative * step.At(isNotAlone));
        var (n, rows) = (kept.shape[0], kept.shape[1]);
        var target = step.At(indices).flatten(3).expand(n, rows, -1, -1);
        var zero = zeros([n, rows, lower.shape[1], lower.shape[2] * lower.shape[3]], kept.dtype, kept.device);
        return [zero.scatter_add(3, target, kept.flatten(3)).reshape([n, rows, .. lower.shape[1..]])];
    }

    /// <inheritdoc/>
    public override Window? Before(Window window) => window.Through(kernel, stride, padding, [1, 1]);

    /// <summary>1 where no other value of a window can be above its largest lower bound: float [N, C, h, w].</summary>
    private Tensor IsAlone(Tensor upper, Tensor largest, Tensor indices)
    {
        var padded = nn.functional.pad(
            upper, [padding[1], padding[1], padding[0], padding[0]], value: double.NegativeInfinity);
        var windows = nn.functional.unfold(padded, (kernel[0], kernel[1]), stride: (stride[0], stride[1]))
            .reshape(upper.shape[0], upper.shape[1], kernel[0] * kernel[1], -1);
        var above = windows.gt(largest.flatten(2).unsqueeze(2)).to(upper.dtype).sum(2);
        var itself = upper.flatten(2).gather(2, indices.flatten(2)).gt(largest.flatten(2)).to(upper.dtype);
        return (above - itself).eq(0).to(upper.dtype).reshape(largest.shape);
    }

    private Tensor Pool(Tensor values) => nn.functional.max_pool2d(values, kernel, stride, padding);

    private static long[] Pair(long[] sizes) => [sizes[0], sizes[^1]];
}
