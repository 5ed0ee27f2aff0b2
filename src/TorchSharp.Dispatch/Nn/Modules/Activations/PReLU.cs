using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A rectifier whose negative slope is learnt, one for all channels or one for each.</summary>
    public sealed class PReLU : nn.Module<Tensor, Tensor>
    {
        internal PReLU(long num_parameters, double init, Device? device, ScalarType? dtype) : base(nameof(PReLU))
        {
            (this.num_parameters, this.init) = (num_parameters, init);
            weight = nn.Parameter(full([num_parameters], init, dtype: dtype ?? get_default_dtype(), device: device));
        }

        public long num_parameters { get; private set; }

        public double init { get; private set; }

        public Parameter weight
        {
            get => get_parameter(nameof(weight))!;
            set => ReplaceParameter(value);
        }

        public override Tensor forward(Tensor tensor) => nn.functional.prelu(tensor, weight);
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static PReLU PReLU(long num_parameters, double init = 0.25, Device? device = null, ScalarType? dtype = null) =>
                new(num_parameters, init, device, dtype);
        }
    }
}
