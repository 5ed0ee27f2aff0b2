using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Blocks one after the other, of which the first changes the shape.</summary>
internal sealed class DeepMindGroup : Module, INetworkGraph
{
    private readonly Sequential block;

    public DeepMindGroup(int blocks, long from, long to, long stride, Activation activation, double momentum)
        : base(nameof(DeepMindGroup))
    {
        block = nn.Sequential();
        for (var place = 0; place < blocks; place++)
            block.append(
                place == 0 ? new DeepMindBlock(from, to, stride, activation, momentum)
                : new DeepMindBlock(to, to, stride: 1, activation, momentum));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    public T Compute<T>(IOperations<T> on, T input) => on.Apply(block, input);
}
