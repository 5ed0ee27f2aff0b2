using System.Text.Json;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Random;

namespace Trainer.Tests.Objectives;

/// <summary>
/// Losses, gradients and attacks as the papers' formulas give them in PyTorch: see make_objective_fixture.py.
/// </summary>
public sealed class ObjectiveFixtureTests
{
    private static readonly JsonElement Expected = Fixture.Read("objectives.json");
    private static readonly Pgd Near = new() { Steps = 4, StepSize = 0.04, GaussianStart = 0.001 };

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Expected.GetProperty("losses").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradients_equal_PyTorchs(int index)
    {
        using var scope = NewDisposeScope();
        var expected = Expected.GetProperty("losses")[index];
        var rows = expected.GetProperty("rows").GetInt64();
        using var network = new TwoLayerNetwork(Expected.GetProperty("weights"));
        var batch = Batch(network, expected.GetProperty("smoothed").GetBoolean()).Part(0, rows);
        var objective = Objective(expected.GetProperty("objective").GetString()!, Mixed(expected.GetProperty("mix")));
        if (expected.GetProperty("gamma").GetDouble() is > 0 and var gamma)
            objective = new Awp { Objective = objective, Gamma = gamma };
        var clean = objective.CleanRows(rows);

        var loss = objective.Loss(batch, clean == rows ? null : Images("adversarial").narrow(0, clean, rows - clean));
        loss.Loss.backward();

        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss.Loss.item<float>(), 1e-5);
        foreach (var (parameter, gradient) in network.parameters()
            .Zip(expected.GetProperty("gradients").EnumerateArray()))
            TensorAssert.Close(tensor(Fixture.Numbers(gradient)).reshape(parameter.shape), parameter.grad!, 1e-5);

        loss.AfterStep?.Invoke();
        foreach (var (parameter, weight) in network.parameters().Zip(Expected.GetProperty("weights").EnumerateObject()))
            TensorAssert.Close(tensor(Fixture.Numbers(weight.Value)).reshape(parameter.shape), parameter, 1e-6);
    }

    [Theory]
    [InlineData("trades")]
    [InlineData("mart")]
    public void The_attack_ends_where_PyTorchs_does(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new TwoLayerNetwork(Expected.GetProperty("weights"));
        var adversarial = Objective(name, null).Perturb(Batch(network, smoothed: false));
        TensorAssert.Close(Numbers(Expected.GetProperty("attacks").GetProperty(name)), adversarial!.flatten(1), 1e-6);
    }

    private static IObjective Objective(string name, Mix? mix) => name switch
    {
        "pgd-at" => new PgdAt { Attack = Near, Mix = mix ?? new() },
        "trades" => new Trades { Beta = 6, Attack = Near, Mix = mix ?? new() },
        "mart" => new Mart { Lambda = 5, Attack = Near, Mix = mix ?? new() },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not in the fixture."),
    };

    private static Mix? Mixed(JsonElement mix) => mix.ValueKind == JsonValueKind.Null ? null : new()
    {
        CleanFraction = mix.GetProperty("cleanFraction").GetDouble(),
        Pairing = Enum.Parse<Pairing>(mix.GetProperty("pairing").GetString()!, ignoreCase: true),
        CleanWeight = mix.GetProperty("cleanWeight").GetDouble(),
    };

    private static TrainingBatch Batch(TwoLayerNetwork network, bool smoothed)
    {
        var labels = tensor(
            Expected.GetProperty("labels").EnumerateArray().Select(label => label.GetInt64()).ToArray());
        var noise = Images("noise");
        var random = new ReplayedRandom(labels.shape[0], (_, shape) => noise.reshape(shape).clone());
        return new(new(network.Classifier), network.Classifier, Images("images"),
            new(labels, smoothed ? Numbers(Expected.GetProperty("smooth")).to(ScalarType.Float32) : null),
            new() { Norm = Norm.Linf, Epsilon = 0.1 }, random, new Dictionary<string, Tensor>());
    }

    private static Tensor Images(string name)
    {
        var values = Numbers(Expected.GetProperty(name)).to(ScalarType.Float32);
        return values.reshape(values.shape[0], 1, 1, values.shape[1]);
    }

    private static Tensor Numbers(JsonElement rows) => tensor(Fixture.Numbers(rows)).reshape(rows.GetArrayLength(), -1);
}
