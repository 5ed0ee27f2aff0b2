using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // Activation functions.
    public partial class Tensor
    {
        public Tensor celu() => Aten.celu.Call(this);
        public Tensor celu(Scalar alpha) => Aten.celu.Call(this, alpha);
        public Tensor celu_() => InPlace(Aten.celu_);
        public Tensor celu_(Scalar alpha) => InPlace(Aten.celu_, alpha);
        public Tensor elu(double alpha = 1) => Aten.elu.Call(this, alpha);
        public Tensor elu(Scalar alpha, Scalar scale, Scalar input_scale) => Aten.elu.Call(this, alpha, scale, input_scale);
        public Tensor elu_(double alpha = 1) => InPlace(Aten.elu_, alpha);
        public Tensor elu_(Scalar alpha, Scalar scale, Scalar input_scale) => InPlace(Aten.elu_, alpha, scale, input_scale);
        public Tensor gelu() => Aten.gelu.Call(this);
        public Tensor gelu_() => InPlace(Aten.gelu_);
        public Tensor glu(long dim = -1) => Aten.glu.Call(this, dim);
        public Tensor hardsigmoid() => Aten.hardsigmoid.Call(this);
        public Tensor hardsigmoid_() => InPlace(Aten.hardsigmoid_);
        public Tensor hardswish() => Aten.hardswish.Call(this);
        public Tensor hardswish_() => InPlace(Aten.hardswish_);
        public Tensor hardtanh(Scalar min, Scalar max) => Aten.hardtanh.Call(this, min, max);
        public Tensor hardtanh_(Scalar min, Scalar max) => InPlace(Aten.hardtanh_, min, max);
        public Tensor leaky_relu(Scalar negative_slope) => Aten.leaky_relu.Call(this, negative_slope);
        public Tensor leaky_relu_(Scalar negative_slope) => InPlace(Aten.leaky_relu_, negative_slope);
        public Tensor log_sigmoid() => Aten.log_sigmoid.Call(this);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Aten.log_softmax_int.Call(this, dim, dtype);
        public Tensor prelu(Tensor target) => Aten.prelu.Call(this, target);
        public Tensor relu() => Aten.relu.Call(this);
        public Tensor relu_() => InPlace(Aten.relu_);
        public Tensor relu6() => Aten.relu6.Call(this);
        public Tensor selu() => Aten.selu.Call(this);
        public Tensor selu_() => InPlace(Aten.selu_);
        public Tensor sigmoid() => Aten.sigmoid.Call(this);
        public Tensor sigmoid_() => InPlace(Aten.sigmoid_);
        public Tensor silu() => Aten.silu.Call(this);
        public Tensor silu_() => InPlace(Aten.silu_);
        public Tensor softmax(long dim, ScalarType? dtype = null) => Aten.softmax_int.Call(this, dim, dtype);
        public Tensor softplus(double beta = 1, double threshold = 20) => Aten.softplus.Call(this, beta, threshold);
        public Tensor tanh() => Aten.tanh.Call(this);
        public Tensor tanh_() => InPlace(Aten.tanh_);
        public Tensor threshold(Scalar threshold, Scalar value) => Aten.threshold.Call(this, threshold, value);
        public Tensor threshold_(Scalar threshold, Scalar value) => InPlace(Aten.threshold_, threshold, value);
    }
}
