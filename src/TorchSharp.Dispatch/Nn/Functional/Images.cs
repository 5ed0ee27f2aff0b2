using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <param name="input">What to pad.</param>
            /// <param name="pad">Amounts before and after, the last dimension first.</param>
            /// <param name="mode">Zeros is Constant with <paramref name="value"/>, which the other modes ignore.</param>
            /// <param name="value">What to fill with.</param>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => mode switch
            {
                PaddingModes.Reflect => NeuralOperators.pad.Call(input, pad, "reflect"),
                PaddingModes.Replicate => NeuralOperators.pad.Call(input, pad, "replicate"),
                PaddingModes.Circular => NeuralOperators.pad.Call(input, pad, "circular"),
                _ => NeuralOperators.pad.Call(input, pad, "constant", value),
            };

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.Sizes(), mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            /// <summary>The same amount on both sides of every dimension, batch and channels included.</summary>
            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
            {
                var amounts = new long[2 * input.dim()];
                Array.Fill(amounts, pad);
                return functional.pad(input, amounts, mode, value);
            }

            public static Tensor unfold(Tensor input, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) =>
                unfold(input, (kernel_size, kernel_size), (dilation, dilation), (padding, padding), (stride, stride));

            public static Tensor unfold(
                Tensor input, (long, long) kernel_size, (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
                NeuralOperators.im2col.Call(input, kernel_size.Sizes(), dilation.Sizes(1), padding.Sizes(0), stride.Sizes(1));

            public static Tensor one_hot(Tensor x, long num_classes = -1)
            {
                if (x.dtype != ScalarType.Int64) throw new ArgumentException("OneHot input tensor must have elements of type Int64", nameof(x));
                return NeuralOperators.one_hot.Call(x, num_classes);
            }

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-8) =>
                NeuralOperators.cosine_similarity.Call(x1, x2, dim, eps);
        }
    }
}
