using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>The operations of a forward pass.</summary>
public sealed class TensorOperations : IOperations<Tensor>
{
    private static readonly TensorOperations Instance = new();

    private TensorOperations()
    {
    }

    /// <summary>The forward pass of a network, which leaves no tensor but its result.</summary>
    public static Tensor Forward(INetworkGraph network, Tensor input)
    {
        using var scope = NewDisposeScope();
        return network.Compute(Instance, input).MoveToOuterDisposeScope();
    }

    Tensor IOperations<Tensor>.Apply(Module layer, Tensor input) =>
        layer is Conv2d convolution && SpaceToDepth.Fits(convolution) ? SpaceToDepth.Convolve(convolution, input)
        : layer is Conv2d uneven && EvenChannels.Fits(uneven) ? EvenChannels.Convolve(uneven, input)
        : layer.call(input);

    Tensor IOperations<Tensor>.Activate(Activation activation, Tensor input) =>
        activation == Activation.Relu ? input.relu_() : nn.functional.silu(input);

    Tensor IOperations<Tensor>.AveragePool(Tensor input) => input.mean([2, 3]);

    Tensor IOperations<Tensor>.Flatten(Tensor input) => input.flatten(1);

    Tensor IOperations<Tensor>.Pad(Tensor input, long right, long bottom) =>
        nn.functional.pad(input, [0, right, 0, bottom]);

    Tensor IOperations<Tensor>.Add(Tensor sum, Tensor other) => sum.add_(other);
}
