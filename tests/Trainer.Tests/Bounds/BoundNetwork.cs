using TorchSharp.Modules;
using Trainer.Robustness.Models;

namespace Trainer.Tests.Bounds;

/// <summary>A network of some layers, of which each can be a block with a sum.</summary>
internal sealed class BoundNetwork : Module, INetworkGraph
{
    private readonly ModuleList<Module> layers;
    private readonly int pad;

    public BoundNetwork(IReadOnlyList<Module> layers, int pad = 0) : base("bounds")
    {
        this.layers = new([.. layers]);
        this.pad = pad;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input)
    {
        var padded = pad > 0 ? on.Pad(input, right: pad, bottom: pad) : input;
        return layers.Aggregate(padded, (value, layer) => on.Apply(layer, value));
    }

    /// <summary>Float64 weights of a size that leaves many neurons unstable.</summary>
    public static void Randomise(Module network, Func<long[], Tensor> draw)
    {
        using var noGrad = no_grad();
        foreach (var (name, values) in network.named_parameters().Select(pair => (pair.name, pair.parameter as Tensor))
            .Concat(network.named_buffers().Select(pair => (pair.name, pair.buffer)))
            .Where(pair => pair.Item2.dim() > 0))
        {
            var drawn = draw(values.shape).to(values.dtype);
            var scale = values.dim() > 1 ? Math.Sqrt(3.0 * values.shape[0] / values.numel()) : 0.3;
            values.copy_(name.EndsWith("running_var", StringComparison.Ordinal) ? drawn.abs() + 0.5 : drawn * scale);
        }
    }
}

/// <summary>A layer and its sum with a shortcut.</summary>
internal sealed class SumBlock : Module, INetworkGraph
{
    private readonly Module body;
    private readonly Module? shortcut;

    public SumBlock(Module body, Module? shortcut = null) : base("sum")
    {
        (this.body, this.shortcut) = (body, shortcut);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) =>
        on.Add(on.Apply(body, input), shortcut is null ? input : on.Apply(shortcut, input));
}

/// <summary>A Sequential that computes more than its layers do.</summary>
internal sealed class DoubledSequence(Module layer) : TorchSharp.Modules.Sequential(("layer", layer))
{
    public override Tensor forward(Tensor input) => 2 * base.forward(input);
}

/// <summary>The mean over the pixels, by the operation.</summary>
internal sealed class PixelMean() : Module("mean"), INetworkGraph
{
    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) => on.AveragePool(input);
}
