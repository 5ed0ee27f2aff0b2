using System.Text.Json;
using TorchSharp.Modules;
using Trainer.Robustness;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Objectives;

/// <summary>tanh between two linear layers, with the weights of a fixture.</summary>
internal sealed class TwoLayerNetwork : Module
{
    private readonly Linear first;
    private readonly Linear second;

    public TwoLayerNetwork(JsonElement weights) : base("two-layers")
    {
        first = Layer(weights.GetProperty("first.weight"), weights.GetProperty("first.bias"));
        second = Layer(weights.GetProperty("second.weight"), weights.GetProperty("second.bias"));
        RegisterComponents();
    }

    public Classifier Classifier => new(this, (int)second.out_features);

    public override Tensor forward(Tensor input)
    {
        using var hidden = first.call(input.flatten(1)).tanh();
        return second.call(hidden);
    }

    private static Linear Layer(JsonElement weight, JsonElement bias)
    {
        using var noGrad = no_grad();
        var (rows, columns) = (weight.GetArrayLength(), weight[0].GetArrayLength());
        var layer = nn.Linear(columns, rows);
        layer.weight.copy_(tensor(Fixture.Numbers(weight)).reshape(rows, columns));
        layer.bias!.copy_(tensor(Fixture.Numbers(bias)));
        return layer;
    }
}
