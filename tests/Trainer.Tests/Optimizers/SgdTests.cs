using System.Text.Json;
using TorchSharp.Modules;
using Trainer.Engine.Optimizers;
using Trainer.Engine.Parameters;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Optimizers;

public sealed class SgdTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Fixture.Read("optimizers.json").GetProperty("sgd").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_equal_PyTorchs(int index)
    {
        var expected = Fixture.Read("optimizers.json").GetProperty("sgd")[index];
        using var scope = NewDisposeScope();
        using var network = Network(expected.GetProperty("start"));
        using var flat = new FlatParameters(network);
        using var optimizer = Options(expected.GetProperty("options")).Start(flat);
        for (var step = 0; step < 5; step++)
        {
            using var noGrad = no_grad();
            flat.Gradients.zero_();
            network.weight.grad!.copy_((network.weight + step).sin());
            network.bias!.grad!.copy_((network.bias * (step + 1)).cos());
            optimizer.Step(0.1);
        }
        TensorAssert.Close(tensor(Fixture.Numbers(expected.GetProperty("end")[0])).reshape(3, 2), network.weight, 1e-14);
        TensorAssert.Close(tensor(Fixture.Numbers(expected.GetProperty("end")[1])), network.bias!, 1e-14);
    }

    [Fact]
    public void Decay_of_weights_alone_leaves_biases()
    {
        using var scope = NewDisposeScope();
        using var network = Network(Fixture.Read("optimizers.json").GetProperty("sgd")[0].GetProperty("start"));
        using var flat = new FlatParameters(network);
        using var optimizer = new Sgd(0.1, Momentum: 0, WeightDecay: 0.5, Decay: DecayScope.Weights).Start(flat);
        var (weight, bias) = (network.weight.detach().clone(), network.bias!.detach().clone());
        optimizer.Step(0.1);
        TensorAssert.Close(weight * 0.95, network.weight, 1e-14);
        TensorAssert.Close(bias, network.bias!, 0);
    }

    [Fact]
    public void The_state_lies_under_the_parameters_keys()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Linear(2, 3);
        using var flat = new FlatParameters(network);
        using var optimizer = new Sgd(0.1).Start(flat);
        var state = optimizer.Named(flat.Layout);
        Assert.Equal(["weight.momentum_buffer", "bias.momentum_buffer"], state.Select(entry => entry.Key));
        Assert.Equal([3L, 2L], state[0].Tensor.shape);
    }

    private static Sgd Options(JsonElement options) => new(
        LearningRate: 0.1,
        Momentum: options.TryGetProperty("momentum", out var momentum) ? momentum.GetDouble() : 0,
        WeightDecay: options.TryGetProperty("weight_decay", out var decay) ? decay.GetDouble() : 0,
        Nesterov: options.TryGetProperty("nesterov", out var nesterov) && nesterov.GetBoolean());

    private static Linear Network(JsonElement start)
    {
        using var noGrad = no_grad();
        var network = nn.Linear(2, 3, dtype: ScalarType.Float64);
        network.weight.copy_(tensor(Fixture.Numbers(start[0])).reshape(3, 2));
        network.bias!.copy_(tensor(Fixture.Numbers(start[1])));
        return network;
    }
}
