using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A convolution run backwards, with the output size open to choice within a stride.</summary>
public abstract class ConvolutionTranspose : Convolution
{
    protected ConvolutionTranspose(
        string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[]? padding, Padding? padding_type,
        long[] dilation, bool transposed, long[] output_padding, long groups, bool bias, PaddingModes padding_mode,
        Device? device = null, ScalarType? dtype = null)
        : base(
            name, in_channels, out_channels, kernel_size, stride, padding, padding_type, dilation,
            transposed, output_padding, groups, bias, padding_mode, device, dtype)
    {
    }

    public override Tensor forward(Tensor input) => forward(input, null);

    /// <param name="input">[C, …] or [N, C, …].</param>
    /// <param name="output_size">The size wanted, with or without the batch and channel dimensions; null for the smallest plus the layer's output padding.</param>
    public abstract Tensor forward(Tensor input, long[]? output_size);

    private protected long[] OutputPadding(Tensor input, long[]? output_size)
    {
        RequireShape(input);
        if (output_size is null) return output_padding;
        var dimensions = kernel_size.Length;
        var others = (int)input.dim() - dimensions;
        if (output_size.Length != dimensions && output_size.Length != dimensions + others)
            throw new ArgumentException($"output_size must have {dimensions} or {dimensions + others} elements (got {output_size.Length})", nameof(output_size));
        var wanted = output_size[^dimensions..];
        var spatial = input.shape[others..];
        var extra = new long[dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            var least = (spatial[i] - 1) * stride[i] - 2 * padding![i] + dilation[i] * (kernel_size[i] - 1) + 1;
            extra[i] = wanted[i] - least;
            if (extra[i] < 0 || extra[i] >= stride[i])
                throw new ArgumentException($"Requested an output size of {wanted[i]}, but valid sizes range from {least} to {least + stride[i] - 1}", nameof(output_size));
        }
        return extra;
    }
}
