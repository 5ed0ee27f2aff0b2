using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.dropout_, input, p, training) : NeuralOperators.dropout.Call(input, p, training);

            /// <summary>Drops whole channels.</summary>
            public static Tensor dropout2d(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.feature_dropout_, input, p, training) : NeuralOperators.feature_dropout.Call(input, p, training);

            public static Tensor alpha_dropout(Tensor input, double p = 0.5, bool training = false, bool inplace = false) =>
                inplace ? InPlace(NeuralOperators.alpha_dropout_, input, p, training) : NeuralOperators.alpha_dropout.Call(input, p, training);
        }
    }
}
