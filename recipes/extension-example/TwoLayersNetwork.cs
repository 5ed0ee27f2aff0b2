using TorchSharp.Modules;
using Trainer.Robustness.Models;

namespace Stripes;

internal sealed class TwoLayersNetwork : Module
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

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return second.call(first.call(input.flatten(1)).relu()).MoveToOuterDisposeScope();
    }
}
