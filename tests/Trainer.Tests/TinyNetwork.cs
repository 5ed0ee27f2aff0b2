using TorchSharp.Modules;
using Trainer.Robustness;

namespace Trainer.Tests;

/// <summary>A linear network with given weights: its worst cases have closed forms.</summary>
internal sealed class TinyNetwork : Module
{
    private readonly Linear linear;

    public TinyNetwork(float[,] weight, float[]? bias = null) : base("tiny")
    {
        linear = nn.Linear(weight.GetLength(1), weight.GetLength(0));
        using var noGrad = no_grad();
        linear.weight.copy_(tensor(weight));
        linear.bias!.copy_(bias is null ? zeros(weight.GetLength(0)) : tensor(bias));
        RegisterComponents();
    }

    public Classifier Classifier => new(this, (int)linear.out_features);

    public override Tensor forward(Tensor input)
    {
        using var flat = input.flatten(1);
        return linear.call(flat);
    }
}
