using System.Text.Json;
using TorchSharp;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Random;

namespace Trainer.Tests.Objectives;

/// <summary>Losses, gradients and attacks as public code computes them: see make_regularised_fixture.py.</summary>
public sealed class RegularisedFixtureTests : IDisposable
{
    private static readonly JsonElement Expected = Fixture.Read("regularised-objectives.json");
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TwoLayerNetwork network = new(Expected.GetProperty("weights"));

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Expected.GetProperty("losses").GetArrayLength())];

    public void Dispose()
    {
        network.Dispose();
        scope.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradients_equal_those_of_the_public_code(int index)
    {
        var expected = Expected.GetProperty("losses")[index];
        var objective = Objective(expected.GetProperty("objective").GetString()!);
        var state = State(objective);
        if (objective is Gkl)
            state["sums"].copy_(Numbers("means") * 3);
        var loss = objective.Loss(Batch(state), Images("adversarial"));
        loss.Loss.backward();

        Same(expected, loss.Loss);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_nuclear_norm_attack_ends_where_the_public_code_does_and_alternates(int steps)
    {
        var objective = Objective("nuat");
        var state = State(objective);
        state["steps"].fill_(steps);
        var adversarial = objective.Perturb(Batch(state));
        TensorAssert.Close(
            Rows(Expected.GetProperty("nuclearAttacks")[steps % 2]), adversarial!.flatten(1), 1e-6);
        // The norm weighs nothing in the first epoch of a ramp.
        var ramped = new NuAt { RampEpochs = 2 }.Perturb(Batch(state))!;
        TensorAssert.Close(Rows(Expected.GetProperty("nuclearAttacks")[0]), ramped.flatten(1), 1e-6);
    }

    [Fact]
    public void A_fusion_of_perturbations_equals_that_of_the_public_code()
    {
        var state = new Dictionary<string, Tensor> { ["perturbations"] = zeros(9, 1, 1, 6) };
        // The batch's rows are others of the nine images.
        var rows = arange(7, ScalarType.Int64).flip(0) + 2;
        state["perturbations"].index_copy_(0, rows, Images("kept"));
        var batch = Batch(state);
        var smooth = Numbers("smooth");
        batch = batch with
        {
            Targets = new(batch.Labels, smooth, smooth) { Origin = ImageOrigin.Unchanged(rows, batch.Images) },
        };
        var adversarial = new FgsmPco().Perturb(batch);
        TensorAssert.Close(Numbers("next"), adversarial!.flatten(1), 1e-6);
        var loss = new FgsmPco().Loss(batch, adversarial);
        loss.Loss.backward();
        Same(Expected.GetProperty("pco"), loss.Loss);
        loss.AfterStep!();
        TensorAssert.Close(
            adversarial - batch.Images, state["perturbations"].index_select(0, rows), 1e-7);
        TensorAssert.Same(zeros(2, 1, 1, 6), state["perturbations"].narrow(0, 0, 2));
    }

    [Fact]
    public void Lambda_of_elle_follows_the_errors_as_numpy_computes_them()
    {
        var objective = new Elle { Lambda = 400 };
        var state = State(objective);
        foreach (var (error, lambda) in Fixture.Numbers(Expected.GetProperty("errors"))
            .Zip(Fixture.Numbers(Expected.GetProperty("lambdas"))))
        {
            objective.Adapt(Batch(state), full([7], (float)error));
            Relative(tensor(lambda), state["linearity"][0]);
        }
    }

    [Fact]
    public void Class_means_are_those_of_the_epoch_before_and_even_in_the_first()
    {
        var objective = new Gkl { Attack = Near, Temperature = 4 };
        var state = State(objective);
        foreach (var step in (int[])[1, 2])
        {
            objective.Loss(Batch(state), Images("adversarial")).AfterStep!();
            TensorAssert.Close(full([4, 4], 0.25), state["weights"], 1e-7);
            Assert.Equal(7 * step, state["sums"].sum().item<float>(), 1e-5);
        }
        objective.Loss(Batch(state) with { Epoch = 2 }, Images("adversarial")).AfterStep!();
        Relative(Rows(Expected.GetProperty("classMeans")), state["weights"]);
        Assert.Equal(7, state["sums"].sum().item<float>(), 1e-5);
    }

    private static IObjective Objective(string name) => name switch
    {
        "gradalign" => new GradAlign { Lambda = 2 },
        "nuat" => new NuAt { RampEpochs = 0 },
        "elle" => new Elle { Lambda = 400, Adaptive = false },
        "gkl" => new Gkl { Attack = Near },
        "dkl" => new Dkl { Alpha = 3, Beta = 2, Attack = Near },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not in the fixture."),
    };

    private static Pgd Near => new() { Steps = 1, GaussianStart = 0.001 };

    private static Dictionary<string, Tensor> State(IObjective objective) => objective.State(new([7, 1, 1, 6], 4, 7))
        .ToDictionary(pair => pair.Key, pair => zeros([.. pair.Value.Shape], ScalarType.Float32));

    private TrainingBatch Batch(Dictionary<string, Tensor> state)
    {
        var labels = tensor(
            Expected.GetProperty("labels").EnumerateArray().Select(label => label.GetInt64()).ToArray());
        // The last field of a draw is its number; an objective of one draw gives none.
        var draws = Expected.GetProperty("draws");
        var random = new ReplayedRandom(labels.shape[0], (fields, shape) =>
            tensor(Fixture.Numbers(draws[fields[^1] < 3 ? (int)fields[^1] : 0]), ScalarType.Float32).reshape(shape));
        return new(
            new(network.Classifier), network.Classifier, Images("images"), new(labels),
            new() { Norm = Norm.Linf, Epsilon = 0.1 }, random, state);
    }

    private static Tensor Images(string name) => Numbers(name).unsqueeze(1).unsqueeze(1);

    private static Tensor Numbers(string name) => Rows(Expected.GetProperty(name));

    private static Tensor Rows(JsonElement rows) =>
        tensor(Fixture.Numbers(rows), ScalarType.Float32).reshape(rows.GetArrayLength(), -1);

    private void Same(JsonElement expected, Tensor loss)
    {
        Relative(tensor(expected.GetProperty("loss").GetDouble()), loss);
        foreach (var (parameter, gradient) in network.parameters()
            .Zip(expected.GetProperty("gradients").EnumerateArray()))
            Relative(tensor(Fixture.Numbers(gradient)).reshape(parameter.shape), parameter.grad!);
    }

    /// <summary>To 1e-5 of the largest value.</summary>
    private static void Relative(Tensor expected, Tensor actual) =>
        TensorAssert.Close(
            expected, actual.detach(), 1e-5 * expected.to(ScalarType.Float64).abs().max().item<double>());
}
