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

    /// <summary>Compares the loss, its gradients and the state of batch norm with those of a fixture's case.</summary>
    public void AssertMatches(JsonElement expected, Tensor loss)
    {
        AssertClose(tensor(expected.GetProperty("loss").GetDouble()), loss);
        // As one vector: that of a bias before batch norm is zero.
        var parameters = named_parameters().ToList();
        AssertClose(
            cat([.. parameters.Select(pair => Numbers(expected.GetProperty("gradients"), pair.name))]),
            cat([.. parameters.Select(pair => pair.parameter.grad!.flatten())]));
        AssertClose(Numbers(expected, "mean"), norm.running_mean!);
        AssertClose(Numbers(expected, "variance"), norm.running_var!);
        Assert.Equal(expected.GetProperty("passes").GetInt64(), norm.num_batches_tracked!.item<long>());
    }

    /// <summary>To 1e-5 of the largest value.</summary>
    public static void AssertClose(Tensor expected, Tensor actual) => TensorAssert.Close(
        expected, actual.detach(), 1e-5 * expected.to(ScalarType.Float64).abs().max().item<double>());

    /// <summary>A list of a fixture, flat.</summary>
    public static Tensor Numbers(JsonElement element, string name) =>
        tensor(Fixture.Numbers(element.GetProperty(name)), ScalarType.Float32);
}
