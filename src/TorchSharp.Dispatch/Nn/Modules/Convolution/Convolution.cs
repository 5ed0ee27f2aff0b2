using static TorchSharp.torch;

namespace TorchSharp
{
    public enum PaddingModes
    {
        Zeros = 0,
        Reflect = 1,
        Replicate = 2,
        Circular = 3,
        Constant = 4,
    }

    public enum Padding
    {
        Valid = 0,
        Same = 1,
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Weights, sizes and padding of the convolutions of one, two and three dimensions.</summary>
    public abstract class Convolution : nn.Module<Tensor, Tensor>
    {
        protected Convolution(
            string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[]? padding, Padding? padding_type,
            long[] dilation, bool transposed, long[] output_padding, long groups, bool bias, PaddingModes padding_mode,
            Device? device = null, ScalarType? dtype = null) : base(name)
        {
            if (transposed && padding_mode != PaddingModes.Zeros)
                throw new ArgumentException("Only PaddingModes.Zeros is supported for ConvTransposeND", nameof(padding_mode));
            if (groups < 1 || in_channels % groups != 0 || out_channels % groups != 0)
                throw new ArgumentException($"in_channels ({in_channels}) and out_channels ({out_channels}) must be divisible by groups ({groups})", nameof(groups));
            (this.in_channels, this.out_channels, this.groups, this.transposed) = (in_channels, out_channels, groups, transposed);
            (this.kernel_size, this.stride, this.dilation, this.output_padding) = (kernel_size, stride, dilation, output_padding);
            this.padding_mode = padding_mode;
            if (padding_type is { } type) SetPadding(type);
            else SetPadding(padding ?? new long[kernel_size.Length]);

            long[] channels = transposed ? [in_channels, out_channels / groups] : [out_channels, in_channels / groups];
            weight = nn.Parameter(empty([.. channels, .. kernel_size], dtype: dtype, device: device));
            this.bias = bias ? nn.Parameter(empty([out_channels], dtype: dtype, device: device)) : null;
            reset_parameters();
        }

        public long in_channels { get; }

        public long out_channels { get; }

        public bool transposed { get; }

        public long[] kernel_size { get; set; }

        public long[] stride { get; set; }

        public long[] dilation { get; set; }

        public long[] output_padding { get; set; }

        public long groups { get; set; }

        public PaddingModes padding_mode { get; set; }

        public Padding? padding_type { get; private set; }

        public long[]? padding { get; private set; }

        public Parameter weight
        {
            get => get_parameter(nameof(weight))!;
            set => ReplaceParameter(value);
        }

        public Parameter? bias
        {
            get => get_parameter(nameof(bias));
            set => ReplaceParameter(value);
        }

        public void reset_parameters() => nn.init.Affine(weight, bias);

        public void SetPadding(long[] padding) => (this.padding, padding_type) = (padding, null);

        public void SetPadding(Padding padding)
        {
            if (transposed) throw new ArgumentException("Cannot set padding type on ConvTransposeND", nameof(padding));
            if (padding == Padding.Same && stride.Any(step => step != 1))
                throw new ArgumentException("padding='same' is not supported for strided convolutions", nameof(padding));
            (this.padding, padding_type) = (null, padding);
        }

        /// <summary>Whether the input is [C, …] or [N, C, …] with this layer's channels.</summary>
        protected bool ValidateShape(Tensor input, long dimensions)
        {
            var shape = input.shape;
            return (shape.Length == dimensions + 2 && shape[1] == in_channels) || (shape.Length == dimensions + 1 && shape[0] == in_channels);
        }

        private protected void RequireShape(Tensor input)
        {
            var dimensions = kernel_size.Length;
            if (!ValidateShape(input, dimensions))
            {
                throw new ArgumentException(
                    $"Expected {dimensions + 1}D (unbatched) or {dimensions + 2}D (batched) input with {in_channels} channels to {GetName()}," +
                    $" got [{string.Join(", ", input.shape)}].", nameof(input));
            }
        }

        /// <summary>Amounts as <c>functional.pad</c> takes them: the last dimension first, before and after.</summary>
        private protected long[] PaddingByEdge()
        {
            var edges = new List<long>();
            for (var i = kernel_size.Length - 1; i >= 0; i--)
            {
                var total = padding_type == Padding.Same ? dilation[i] * (kernel_size[i] - 1) : 2 * (padding?[i] ?? 0);
                edges.Add(total / 2);
                edges.Add(total - total / 2);
            }
            return [.. edges];
        }
    }
}
