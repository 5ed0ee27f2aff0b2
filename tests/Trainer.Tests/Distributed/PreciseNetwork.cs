using TorchSharp;
using TorchSharp.Modules;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Tests.Distributed;

/// <summary>
/// A small network in double precision, with or without batch norm, or another network, also in single precision. Its
/// weights are a function of nothing: networks of several threads may be built at the same time.
/// </summary>
[Component("precise")]
public sealed record PreciseNetwork : IArchitecture
{
    public bool BatchNorm { get; init; }

    /// <summary>The other network.</summary>
    public IArchitecture? Of { get; init; }

    /// <summary>In single precision.</summary>
    public bool Single { get; init; }

    public Module Build(ImageShape images, int classes)
    {
        var dtype = Single ? ScalarType.Float32 : ScalarType.Float64;
        var network = new Cast(Of?.Build(images, classes) ?? new Network(images, classes, BatchNorm), dtype);
        using var noGrad = no_grad();
        using var generator = new Generator(5);
        foreach (var (name, parameter) in network.named_parameters())
        {
            using var scope = NewDisposeScope();
            if (parameter.dim() > 1)
                parameter.copy_(randn(parameter.shape, generator: generator)
                    / Math.Sqrt(parameter.numel() / parameter.shape[0]));
            else
                parameter.fill_(name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0);
        }
        network.to(dtype);
        return network;
    }

    private sealed class Cast : Module
    {
        private readonly Module inner;
        private readonly ScalarType dtype;

        public Cast(Module inner, ScalarType dtype) : base("precise")
        {
            (this.inner, this.dtype) = (inner, dtype);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return inner.call(input.to(dtype)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Network : Module
    {
        private readonly Conv2d conv;
        private readonly BatchNorm2d? norm;
        private readonly Linear linear;

        public Network(ImageShape images, int classes, bool hasNorm) : base("precise")
        {
            conv = nn.Conv2d(images.Channels, 4, kernel_size: 3, stride: 2, padding: 1);
            norm = hasNorm ? nn.BatchNorm2d(4) : null;
            linear = nn.Linear(4 * ((images.Height + 1) / 2) * ((images.Width + 1) / 2), classes);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var hidden = conv.call(input);
            hidden = norm is null ? hidden : norm.call(hidden);
            return linear.call(hidden.relu().flatten(1)).MoveToOuterDisposeScope();
        }
    }
}
