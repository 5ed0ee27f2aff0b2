using TorchSharp.Modules;

namespace Trainer.Robustness.Bounds.Rules;

/// <summary>The mean of each window.</summary>
internal sealed class AveragePoolRule : BoundRule
{
    private readonly AvgPool2d layer;
    private readonly long[] kernel;
    private readonly long[] stride;
    private readonly long[] padding;

    /// <exception cref="NotSupportedException">Its windows have other weights at the borders.</exception>
    public AveragePoolRule(AvgPool2d layer)
    {
        this.layer = layer;
        (kernel, stride, padding) = (Pair(layer.kernel_size), Pair(layer.stride ?? layer.kernel_size),
            Pair(layer.padding ?? [0]));
        if (layer.ceil_mode || (!layer.count_include_pad && padding is not [0, 0]))
            throw new NotSupportedException("Found an average pool that rounds its size up or leaves its padding out "
                + "of the mean, of which no bounds can be computed; expected one that does not.");
    }

    /// <inheritdoc/>
    public override bool Mixes => true;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => layer.call(inputs[0]);

    /// <inheritdoc/>
    public override Interval Bounds(IReadOnlyList<Interval> inputs) => inputs[0].Map(layer.call);

    /// <inheritdoc/>
    public override Tensor Rounding(IReadOnlyList<Interval> inputs, Roundoff roundoff) =>
        layer.call(inputs[0].Magnitude) * roundoff.OfSum(kernel[0] * kernel[1]);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step)
    {
        var shape = step.Inputs[0].Center.shape;
        var coefficients = step.Coefficients / (layer.divisor_override ?? (kernel[0] * kernel[1]));
        var images = coefficients.shape[0] * coefficients.shape[1] * coefficients.shape[2];
        var windows = coefficients.reshape(images, 1, -1).expand(images, kernel[0] * kernel[1], -1);
        return [nn.functional.fold(
            windows, (shape[2], shape[3]), (kernel[0], kernel[1]), padding: (padding[0], padding[1]),
            stride: (stride[0], stride[1]))
            .reshape([coefficients.shape[0], coefficients.shape[1], .. shape[1..]])];
    }

    /// <inheritdoc/>
    public override Window? Before(Window window) => window.Through(kernel, stride, padding, [1, 1]);

    private static long[] Pair(long[] sizes) => [sizes[0], sizes[^1]];
}
