using System.Text.Json;
using TorchSharp.Modules;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Objectives;

/// <summary>Batch norm and tanh between two linear layers, with the numbers of a fixture.</summary>
internal sealed class NormalisedTwoLayerNetwork : Module
{
    private readonly Linear first;
    private readonly BatchNorm1d norm;
    private readonly Linear second;

    public NormalisedTwoLayerNetwork(JsonElement weights, JsonElement numbers) : base("normalised-two-layers")
    {
        var (hidden, classes) = (weights.GetProperty("first.bias"), weights.GetProperty("second.bias"));
        first = nn.Linear(weights.GetProperty("first.weight")[0].GetArrayLength(), hidden.GetArrayLength());
        norm = nn.BatchNorm1d(hidden.GetArrayLength());
        second = nn.Linear(hidden.GetArrayLength(), classes.GetArrayLength());
        RegisterComponents();
        using var noGrad = no_grad();
        foreach (var (parameter, values) in (IEnumerable<(Tensor, JsonElement)>)[
            (first.weight, weights.GetProperty("first.weight")), (first.bias!, hidden),
            (second.weight, weights.GetProperty("second.weight")), (second.bias!, classes),
            (norm.weight!, numbers.GetProperty("scale")), (norm.bias!, numbers.GetProperty("shift")),
            (norm.running_mean!, numbers.GetProperty("mean")), (norm.running_var!, numbers.GetProperty("variance"))])
        {
            using var value = tensor(Fixture.Numbers(values)).reshape(parameter.shape);
            parameter.copy_(value);
        }
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return second.call(norm.call(first.call(input.flatten(1))).tanh()).MoveToOuterDisposeScope();
    }
}
