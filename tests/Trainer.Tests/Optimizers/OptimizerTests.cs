using System.Text.Json;
using Trainer.Engine.Networks;
using Trainer.Engine.Optimization;
using Trainer.Tests.Fixtures;
using Linear = TorchSharp.Modules.Linear;

namespace Trainer.Tests.Optimizers;

public sealed class OptimizerTests
{
    public static TheoryData<string, int> Cases => new(((string[])["sgd", "adam", "adamw"]).SelectMany(name =>
        Enumerable.Range(0, Fixture.Read("optimizers.json").GetProperty(name).GetArrayLength())
        .Select(index => (name, index))));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_equal_PyTorchs(string name, int index)
    {
        var expected = Fixture.Read("optimizers.json").GetProperty(name)[index];
        using var scope = NewDisposeScope();
        using var network = Network(expected.GetProperty("start"));
        using var flat = new FlatParameters(network);
        using var optimizer = Options(name, expected.GetProperty("options")).Start(flat);
        for (var step = 0; step < 5; step++)
        {
            using var noGrad = no_grad();
            flat.Gradients.zero_();
            network.weight.grad!.copy_((network.weight + step).sin());
            network.bias!.grad!.copy_((network.bias * (step + 1)).cos());
            optimizer.Step(0.1);
        }
        TensorAssert.Close(
            tensor(Fixture.Numbers(expected.GetProperty("end")[0])).reshape(3, 2), network.weight, 1e-14);
        TensorAssert.Close(tensor(Fixture.Numbers(expected.GetProperty("end")[1])), network.bias!, 1e-14);
    }

    [Fact]
    public void Decay_of_weights_alone_leaves_biases()
    {
        using var scope = NewDisposeScope();
        using var network = Network(Fixture.Read("optimizers.json").GetProperty("sgd")[0].GetProperty("start"));
        using var flat = new FlatParameters(network);
        using var optimizer = new Sgd
        {
            LearningRate = 0.1,
            Momentum = 0,
            WeightDecay = 0.5,
            Decay = DecayScope.Weights,
        }.Start(flat);
        var (weight, bias) = (network.weight.detach().clone(), network.bias!.detach().clone());
        optimizer.Step(0.1);
        TensorAssert.Close(weight * 0.95, network.weight, 1e-14);
        TensorAssert.Close(bias, network.bias!, 0);
    }

    [Fact]
    public void Decay_of_weights_alone_leaves_biases_where_it_is_apart_from_the_gradient()
    {
        using var scope = NewDisposeScope();
        using var network = Network(Fixture.Read("optimizers.json").GetProperty("sgd")[0].GetProperty("start"));
        using var flat = new FlatParameters(network);
        using var optimizer = new AdamW { WeightDecay = 0.5, Decay = DecayScope.Weights }.Start(flat);
        var (weight, bias) = (network.weight.detach().clone(), network.bias!.detach().clone());
        optimizer.Step(0.1);
        TensorAssert.Close(weight * 0.95, network.weight, 1e-14);
        TensorAssert.Close(bias, network.bias!, 0);
    }

    [Fact]
    public void The_state_is_stored_under_the_parameters_keys()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Linear(2, 3);
        using var flat = new FlatParameters(network);
        using var optimizer = new Sgd { LearningRate = 0.1 }.Start(flat);
        var state = optimizer.Named(flat.Layout);
        Assert.Equal(["weight.momentum_buffer", "bias.momentum_buffer"], state.Select(entry => entry.Key));
        Assert.Equal([3L, 2L], state[0].Tensor.shape);
    }

    /// <summary>The same as PyTorch's parameter groups of two learning rates.</summary>
    [Theory]
    [MemberData(nameof(WithBodyFactor))]
    public void A_new_head_has_the_whole_learning_rate_and_the_body_a_part_of_it(IOptimizer optimizer, IOptimizer plain)
    {
        using var scope = NewDisposeScope();
        var (weight, bias) = Trained(optimizer, 0.1);
        var (slow, _) = Trained(plain, 0.1 * optimizer.BodyLearningRateFactor);
        var (_, fast) = Trained(plain, 0.1);
        TensorAssert.Close(slow, weight, 1e-14);
        TensorAssert.Close(fast, bias, 1e-14);
        TensorAssert.Different(Trained(plain, 0.1).Weight, weight);

        static (Tensor Weight, Tensor Bias) Trained(IOptimizer optimizer, double learningRate)
        {
            var network = Network(Fixture.Read("optimizers.json").GetProperty("sgd")[0].GetProperty("start"));
            using var flat = new FlatParameters(network) { Head = new HashSet<string> { "bias" } };
            using var state = optimizer.Start(flat);
            using var noGrad = no_grad();
            for (var step = 0; step < 3; step++)
            {
                flat.Gradients.zero_();
                network.weight.grad!.copy_((network.weight + step).sin());
                network.bias!.grad!.copy_((network.bias * (step + 1)).cos());
                state.Step(learningRate);
            }
            return (network.weight.clone(), network.bias!.clone());
        }
    }

    public static TheoryData<IOptimizer, IOptimizer> WithBodyFactor
    {
        get
        {
            var (sgd, adam, adamW) = (new Sgd { LearningRate = 0.1 }, new Adam { WeightDecay = 0.1 },
                new AdamW { WeightDecay = 0.5 });
            var weightsAlone = adamW with { Decay = DecayScope.Weights };
            return new()
            {
                { sgd with { BodyLearningRateFactor = 0.25 }, sgd },
                { adam with { BodyLearningRateFactor = 0.25 }, adam },
                { adamW with { BodyLearningRateFactor = 0.25 }, adamW },
                { weightsAlone with { BodyLearningRateFactor = 0.25 }, weightsAlone },
                { sgd with { BodyLearningRateFactor = 0 }, sgd },
            };
        }
    }

    [Fact]
    public void Adam_counts_its_steps_in_its_state()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Linear(2, 3);
        using var flat = new FlatParameters(network);
        using var optimizer = new Adam().Start(flat);
        optimizer.Step(0.1);
        optimizer.Step(0.1);
        var state = optimizer.Named(flat.Layout);
        Assert.Equal(
            ["weight.exp_avg", "bias.exp_avg", "weight.exp_avg_sq", "bias.exp_avg_sq", "step"],
            state.Select(entry => entry.Key));
        Assert.Equal(2, state[^1].Tensor.item<long>());
    }

    private static IOptimizer Options(string name, JsonElement options)
    {
        double Number(string key, double otherwise) =>
            options.TryGetProperty(key, out var value) ? value.GetDouble() : otherwise;
        var betas = options.TryGetProperty("betas", out var given) ? Fixture.Numbers(given) : [0.9, 0.999];
        return name switch
        {
            "sgd" => new Sgd
            {
                LearningRate = 0.1,
                Momentum = Number("momentum", 0),
                WeightDecay = Number("weight_decay", 0),
                Nesterov = options.TryGetProperty("nesterov", out var nesterov) && nesterov.GetBoolean(),
            },
            "adam" => new Adam
            {
                LearningRate = 0.1,
                Beta1 = betas[0],
                Beta2 = betas[1],
                Eps = Number("eps", 1e-8),
                WeightDecay = Number("weight_decay", 0),
            },
            _ => new AdamW
            {
                LearningRate = 0.1,
                Beta1 = betas[0],
                Beta2 = betas[1],
                Eps = Number("eps", 1e-8),
                WeightDecay = Number("weight_decay", 0.01),
            },
        };
    }

    private static Linear Network(JsonElement start)
    {
        using var noGrad = no_grad();
        var network = nn.Linear(2, 3, dtype: ScalarType.Float64);
        network.weight.copy_(tensor(Fixture.Numbers(start[0])).reshape(3, 2));
        network.bias!.copy_(tensor(Fixture.Numbers(start[1])));
        return network;
    }
}
