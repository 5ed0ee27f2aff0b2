using TorchSharp;
using TorchSharp.Modules;

namespace Trainer.Robustness.Bounds.Rules;

/// <summary>A convolution.</summary>
internal sealed class ConvolutionRule : WeightedRule
{
    private readonly Conv2d layer;
    private readonly long[] padding;

    /// <exception cref="NotSupportedException">Its padding is not a number of zeros.</exception>
    public ConvolutionRule(Conv2d layer)
    {
        this.layer = layer;
        padding = layer is { padding: { } zeros, padding_mode: PaddingModes.Zeros } ? [zeros[0], zeros[^1]]
            : throw new NotSupportedException(
            "Found a convolution whose padding is not a number of zeros, of which no bounds can be computed.");
    }

    /// <inheritdoc/>
    public override bool TakesWindows => true;

    /// <inheritdoc/>
    protected override Tensor Weight => layer.weight;

    /// <inheritdoc/>
    protected override Tensor? Bias => layer.bias;

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => layer.call(inputs[0]);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step)
    {
        var coefficients = step.Coefficients;
        if (layer.bias is { } bias)
            step.AddConstant(coefficients, bias.reshape(1, -1, 1, 1));
        var shape = step.Inputs[0].Center.shape;
        var (outside, rest) = step.AreWindows ? ([0, 0], [0, 0]) : (padding, (long[])
            [Rest(shape[2], coefficients.shape[3], 0), Rest(shape[3], coefficients.shape[4], 1)]);
        var result = nn.functional.conv_transpose2d(
            step.Inside.flatten(0, 1), layer.weight, null, layer.stride, outside, rest, layer.dilation, layer.groups);
        return [result.reshape([coefficients.shape[0], coefficients.shape[1], .. result.shape[1..]])];
    }

    /// <inheritdoc/>
    public override Window? Before(Window window) =>
        window.Through(layer.weight.shape[2..], layer.stride, padding, layer.dilation);

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor values, Tensor weight, Tensor? bias) => nn.functional.conv2d(
        values, weight, bias, layer.stride, padding, layer.dilation, layer.groups);

    /// <summary>The rows or columns at the end of an image that no kernel reaches.</summary>
    private long Rest(long size, long outputs, int axis) =>
        size - (((outputs - 1) * layer.stride[axis]) - (2 * padding[axis])
        + (layer.dilation[axis] * (layer.weight.shape[2 + axis] - 1)) + 1);
}
