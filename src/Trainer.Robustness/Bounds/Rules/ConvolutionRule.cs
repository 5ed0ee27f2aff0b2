using TorchSharp;
using TorchSharp.Modules;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;

namespace Trainer.Robustness.Bounds.Rules;

/// <summary>A convolution.</summary>
internal sealed class ConvolutionRule : WeightedRule
{
    // Rows of a matrix: its products do more work than the convolution, the more the larger the window.
    private const long LargestMatrix = 512;

    private readonly Conv2d layer;
    private readonly long[] padding;

    /// <exception cref="NotSupportedException">Its padding is not a number of zeros.</exception>
    public ConvolutionRule(Conv2d layer)
    {
        this.layer = layer;
        // Bounds compute it as it is, also where its network pads its channels.
        OneDnn.DisableIfWrongFor([layer]);
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
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => TensorOperations.Apply(layer, inputs[0]);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Backward(BackwardStep step)
    {
        var coefficients = step.Coefficients;
        if (layer.bias is { } bias)
            step.AddConstant(coefficients, bias.reshape(1, -1, 1, 1));
        var shape = step.Inputs[0].Center.shape;
        var rows = step.Inside.flatten(0, 1);
        var result = step.AreWindows ? BackwardInWindows(rows)
            : SpaceToDepth.Fits(layer) && shape[2] == 2 * rows.shape[2] && shape[3] == 2 * rows.shape[3]
                ? SpaceToDepth.Transpose(layer, rows)
            : Transposed(
                rows, padding, [OutputPadding(shape[2], rows.shape[2], 0), OutputPadding(shape[3], rows.shape[3], 1)]);
        return [result.reshape([coefficients.shape[0], coefficients.shape[1], .. result.shape[1..]])];
    }

    /// <inheritdoc/>
    public override Window? Before(Window window) =>
        window.Through(layer.weight.shape[2..], layer.stride, padding, layer.dilation);

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor values, Tensor weight, Tensor? bias) => nn.functional.conv2d(
        values, weight, bias, layer.stride, padding, layer.dilation, layer.groups);

    /// <summary>Of many small windows a product with the convolution's matrix is the faster.</summary>
    /// <param name="rows">Float [R, O, k, k].</param>
    /// <returns>Float [R, C, K, K].</returns>
    private Tensor BackwardInWindows(Tensor rows)
    {
        var values = rows.numel() / rows.shape[0];
        if (values > LargestMatrix || 2 * values > rows.shape[0])
            return Transposed(rows, [0, 0], [0, 0]);
        var each = Transposed(
            eye(values, dtype: rows.dtype, device: rows.device).reshape([values, .. rows.shape[1..]]), [0, 0], [0, 0]);
        return rows.flatten(1).mm(each.flatten(1)).reshape([rows.shape[0], .. each.shape[1..]]);
    }

    private Tensor Transposed(Tensor rows, long[] zeros, long[] outputPadding) => nn.functional.conv_transpose2d(
        rows, layer.weight, null, layer.stride, zeros, outputPadding, layer.dilation, layer.groups);

    /// <summary>The rows or columns at the end of an image that no kernel reaches.</summary>
    private long OutputPadding(long size, long outputs, int axis) =>
        size - (((outputs - 1) * layer.stride[axis]) - (2 * padding[axis])
        + (layer.dilation[axis] * (layer.weight.shape[2 + axis] - 1)) + 1);
}
