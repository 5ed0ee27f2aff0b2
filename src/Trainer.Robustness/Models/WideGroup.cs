using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Blocks one after the other, of which the first changes the shape.</summary>
internal sealed class WideGroup : Module, INetworkGraph
{
    private readonly Sequential layer;

    public WideGroup(int blocks, long from, long to, long stride, Activation activation) : base(nameof(WideGroup))
    {
        layer = nn.Sequential();
        for (var block = 0; block < blocks; block++)
            layer.append(
                block == 0 ? new WideBlock(from, to, stride, activation)
                : new WideBlock(to, to, stride: 1, activation));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) => on.Apply(layer, input);
}
