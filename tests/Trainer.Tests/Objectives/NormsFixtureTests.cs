using System.Text.Json;
using TorchSharp;
using Trainer.Engine.Training;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Objectives;

/// <summary>Training against several norms as a script computes it: see make_norms_fixture.py.</summary>
public sealed class NormsFixtureTests : IDisposable
{
    private static readonly JsonElement Expected = Fixture.Read("norms.json");
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TwoLayerNetwork network = new(Expected.GetProperty("weights"));

    public static TheoryData<int> Losses => [.. Enumerable.Range(0, Expected.GetProperty("losses").GetArrayLength())];

    public static TheoryData<int> Attacks => [.. Enumerable.Range(0, Expected.GetProperty("attacks").GetArrayLength())];

    private static IReadOnlyList<TrainingThreat> Threats =>
    [
        new() { Norm = Norm.Linf, Epsilon = 0.1, Attack = new ApgdTrain { Steps = 3 } },
        new() { Norm = Norm.L1, Epsilon = 0.8, Attack = new ApgdTrain { Steps = 3 } },
    ];

    public void Dispose()
    {
        network.Dispose();
        scope.Dispose();
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_and_gradients_are_those_of_the_script(int index)
    {
        var expected = Expected.GetProperty("losses")[index];
        var (source, target, worst) = (Images("source"), Images("target"), Images("worst"));
        (IObjective Objective, Tensor Adversarial) made = expected.GetProperty("objective").GetString() switch
        {
            "max" => (new MaxThreat { Threats = Threats }, worst),
            "average" => (new AverageThreat { Threats = Threats }, stack([source, target], 1)),
            "ramp" => (new Ramp { Threats = Threats }, stack([source, target, worst], 1)),
            var other => throw new InvalidOperationException(other),
        };
        var loss = made.Objective.Loss(Batch(), made.Adversarial).Loss;
        loss.backward();
        Relative(tensor(expected.GetProperty("loss").GetDouble()), loss);
        foreach (var (parameter, gradient) in network.parameters()
            .Zip(expected.GetProperty("gradients").EnumerateArray()))
            Relative(tensor(Fixture.Numbers(gradient)).reshape(parameter.shape), parameter.grad!);
    }

    [Fact]
    public void Adversarial_images_are_those_of_each_norm_and_of_the_worse_one()
    {
        var (source, target, worst) = (Images("source"), Images("target"), Images("worst"));
        TensorAssert.Close(worst, new MaxThreat { Threats = Threats }.Perturb(Batch())!, 1e-5);
        TensorAssert.Close(
            stack([source, target], 1), new AverageThreat { Threats = Threats }.Perturb(Batch())!, 1e-5);
        TensorAssert.Close(stack([source, target, worst], 1), new Ramp { Threats = Threats }.Perturb(Batch())!, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void The_attack_ends_where_that_of_the_script_does(int index)
    {
        var expected = Expected.GetProperty("attacks")[index];
        // In double precision: the comparisons that adapt the step are then those of the script.
        network.to(ScalarType.Float64);
        var batch = Batch();
        var found = new ApgdTrain { Steps = expected.GetProperty("steps").GetInt32() }.Run(AttackBatch.Unchecked(
            network.Classifier, batch.Images.to(ScalarType.Float64), batch.Targets.Loss(AttackLossKind.CrossEntropy, 4),
            new()
            {
                Norm = Enum.Parse<Norm>(expected.GetProperty("norm").GetString()!, ignoreCase: true),
                Epsilon = expected.GetProperty("epsilon").GetDouble(),
            }, batch.Random) with
        { StopAtSuccess = false });
        TensorAssert.Close(
            Rows(expected.GetProperty("images")).unsqueeze(1).unsqueeze(1), found.Images, 1e-6);
    }

    [Fact]
    public void Weights_are_projected_as_in_the_script()
    {
        var projection = Expected.GetProperty("projection");
        Assert.All(projection.GetProperty("cases").EnumerateArray().ToList(), found => Relative(
            Rows(found.GetProperty("projected")), NaturalTraining.Projected(
                Rows(projection.GetProperty("first")), Rows(found.GetProperty("natural")),
                Rows(projection.GetProperty("trained")), projection.GetProperty("beta").GetDouble())));
    }

    [Fact]
    public void Probabilities_are_in_proportion_to_the_errors_so_far() =>
        Assert.All(Expected.GetProperty("probabilities").EnumerateArray().ToList(), found => Assert.All(
            Fixture.Numbers(found.GetProperty("probabilities"))
                .Zip(ExtremeNorms.Probabilities(Rows(found.GetProperty("errors")))),
            pair => Assert.Equal(pair.First, pair.Second, 1e-12)));

    private TrainingBatch Batch()
    {
        var labels = tensor(
            Expected.GetProperty("labels").EnumerateArray().Select(label => label.GetInt64()).ToArray());
        return new(
            new(network.Classifier), network.Classifier, Images("images"), new(labels), Threats[0].Model,
            RandomSource.ForBatch(RandomKey.Of(1)), new Dictionary<string, Tensor>());
    }

    private static Tensor Images(string name) => Rows(Expected.GetProperty(name)).unsqueeze(1).unsqueeze(1);

    private static Tensor Rows(JsonElement rows) =>
        tensor(Fixture.Numbers(rows), ScalarType.Float32).reshape(rows.GetArrayLength(), -1);

    /// <summary>To 1e-5 of the largest value.</summary>
    private static void Relative(Tensor expected, Tensor actual) =>
        TensorAssert.Close(
            expected, actual.detach(), 1e-5 * expected.to(ScalarType.Float64).abs().max().item<double>());
}
