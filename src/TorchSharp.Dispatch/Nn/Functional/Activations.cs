using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>The functions behind the modules. In-place ones return a new handle to the tensor that they changed, as TorchSharp's do.</summary>
        public static partial class functional
        {
            public static Tensor relu(Tensor x, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.relu_, x) : NeuralOperators.relu.Call(x);

            public static Tensor relu6(Tensor x, bool inplace = false) => hardtanh(x, 0, 6, inplace);

            public static Tensor hardtanh(Tensor x, double min_val = -1.0, double max_val = 1.0, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.hardtanh_, x, min_val, max_val) : NeuralOperators.hardtanh.Call(x, min_val, max_val);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.leaky_relu_, input, negative_slope) : NeuralOperators.leaky_relu.Call(input, negative_slope);

            public static Tensor prelu(Tensor input, Tensor weight) => NeuralOperators.prelu.Call(input, weight);

            public static Tensor elu(Tensor x, double alpha, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.elu_, x, alpha) : NeuralOperators.elu.Call(x, alpha);

            public static Tensor selu(Tensor x, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.selu_, x) : NeuralOperators.selu.Call(x);

            public static Tensor celu(Tensor x, double alpha, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.celu_, x, alpha) : NeuralOperators.celu.Call(x, alpha);

            public static Tensor gelu(Tensor x) => gelu(x, false);

            public static Tensor gelu(Tensor x, bool inplace) =>
                inplace ? InPlace(NeuralOperators.gelu_, x) : NeuralOperators.gelu.Call(x);

            public static Tensor silu(Tensor x, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.silu_, x) : NeuralOperators.silu.Call(x);

            public static Tensor mish(Tensor x, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.mish_, x) : NeuralOperators.mish.Call(x);

            public static Tensor hardswish(Tensor input, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.hardswish_, input) : NeuralOperators.hardswish.Call(input);

            public static Tensor sigmoid(Tensor x) => sigmoid(x, false);

            public static Tensor sigmoid(Tensor x, bool inplace) =>
                inplace ? InPlace(NeuralOperators.sigmoid_, x) : NeuralOperators.sigmoid.Call(x);

            public static Tensor tanh(Tensor x, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.tanh_, x) : NeuralOperators.tanh.Call(x);

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => NeuralOperators.softplus.Call(x, beta, threshold);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => NeuralOperators.softmax.Call(input, dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => NeuralOperators.log_softmax.Call(x, dim, Argument.None);

            private static Tensor InPlace(Operator operation, Tensor x, params ReadOnlySpan<Argument> arguments)
            {
                operation.CallInPlace(x, arguments);
                return x.alias();
            }
        }
    }
}
