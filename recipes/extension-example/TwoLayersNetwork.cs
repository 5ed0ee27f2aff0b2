using TorchSharp.Modules;
using Trainer.Robustness.Models;

namespace Stripes;

internal sealed class TwoLayersNetwork : Module, INetworkGraph
{
    // Fields' names are the checkpoint's keys: first.weight, first.bias, …
    private readonly Linear first;
    private readonly Linear second;

    public TwoLayersNetwork(ImageShape images, int hidden, int classes) : base("two-layers")
    {
        first = nn.Linear(images.Channels * images.Height * images.Width, hidden);
        second = nn.Linear(hidden, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

    // States the operations once, for the forward pass, for bounds and for trainer export to ONNX.
    public T Compute<T>(IOperations<T> on, T input) =>
        on.Apply(second, on.Activate(Activation.Relu, on.Apply(first, on.Flatten(input))));
}
