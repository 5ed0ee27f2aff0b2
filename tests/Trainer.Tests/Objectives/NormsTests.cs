using System.Text.Json.Nodes;
using TorchSharp;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Training;

namespace Trainer.Tests.Objectives;

/// <summary>Training against several norms, on a linear network where attacks have closed forms.</summary>
public sealed class NormsTests : IDisposable
{
    private const string Threats = """
        "threats": [
            { "norm": "linf", "epsilon": 0.1, "attack": { "type": "apgd-train", "steps": 2 } },
            { "norm": "l2", "epsilon": 0.6, "attack": { "type": "apgd-train", "steps": 2 } }]
        """;

    // Trains on almost clean images, so that a small network learns at any radius.
    private const string Weak = """{ "type": "pgd", "steps": 1, "stepSize": 1e-6, "randomStart": false }""";

    // Steps of the radius from the image.
    private static readonly TrainingThreat Linf = new()
    {
        Norm = Norm.Linf,
        Epsilon = 0.1,
        Attack = new Pgd { Steps = 1, StepSize = 0.1, RandomStart = false },
    };

    private static readonly TrainingThreat L2 = new()
    {
        Norm = Norm.L2,
        Epsilon = 0.15,
        Attack = new Pgd { Steps = 1, StepSize = 0.15, RandomStart = false },
    };

    // The margin of class 0 grows by 3, 4 and 0 of each value.
    private readonly TinyNetwork network = new(new float[,] { { 3, 4, 0 }, { 0, 0, 0 } });
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        network.Dispose();
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_worst_norm_is_chosen_for_each_image()
    {
        // L2 takes 0.15 · 5 from the margin and L∞ 0.1 · 7; where a value cannot fall, 0.15 · 3 · 3 / 5 and 0.1 · 3.
        var batch = Batch([0.5f, 0.5f, 0.5f], [0.5f, 0, 0.5f], [0.05f, 0.02f, 0.5f]);
        var expected = tensor(new[,] { { 0.41f, 0.38f, 0.5f }, { 0.4f, 0, 0.5f }, { 0, 0, 0.5f } });
        foreach (TrainingThreat[] threats in (TrainingThreat[][])[[Linf, L2], [L2, Linf]])
            TensorAssert.Close(expected, new MaxThreat { Threats = threats }.Perturb(batch)!.flatten(1), 1e-6);
    }

    [Fact]
    public void The_gradient_of_the_average_is_the_mean_of_the_gradients()
    {
        var batch = Batch([0.5f, 0.4f, 0.5f], [0.3f, 0.2f, 0.9f]);
        Tensor Gradient(IObjective objective)
        {
            network.zero_grad();
            objective.Loss(batch, objective.Perturb(batch)).Loss.backward();
            return network.parameters().First().grad!.clone();
        }
        var each = ((TrainingThreat[])[Linf, L2]).Select(threat =>
        {
            batch = batch with { Threat = threat.Model };
            return Gradient(new PgdAt { Attack = threat.Attack });
        }).ToList();
        TensorAssert.Different(each[0], each[1]);
        TensorAssert.Close((each[0] + each[1]) / 2, Gradient(new AverageThreat { Threats = [Linf, L2] }), 1e-6);
    }

    [Fact]
    public void The_norm_is_drawn_once_for_a_batch_by_its_key_alone()
    {
        var objective = new RandomThreat { Threats = [Linf, L2] };
        var batch = Batch([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]);
        bool IsLinf(int step)
        {
            var drawn = batch with { Random = RandomSource.ForBatch(RandomKey.Of(7).With(step)) };
            var found = objective.Perturb(drawn)!;
            // The rows of another thread, and those of another process.
            var other = drawn.Part(1, 2);
            TensorAssert.Same(found.narrow(0, 1, 2), objective.Perturb(other)!);
            TensorAssert.Same(
                found.narrow(0, 1, 2), objective.Perturb(other with { Random = drawn.Random.Every(1, 1, 3) })!);
            return IsDrawn(Linf, found);
        }
        var draws = Enumerable.Range(0, 200).Select(IsLinf).ToList();
        Assert.Equal(draws, Enumerable.Range(0, 200).Select(IsLinf));
        // Three deviations of 200 even draws are 21.
        Assert.InRange(draws.Count(isLinf => isLinf), 79, 121);
    }

    [Fact]
    public void Extreme_norms_follow_the_errors_that_they_count()
    {
        var objective = new ExtremeNorms { Threats = [Linf, L2] };
        var errors = zeros(2, 2);
        // The network takes both images for class 0.
        var batch = Batch([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]) with
        {
            Targets = new(tensor([0L, 1])),
            State = new Dictionary<string, Tensor> { ["errors"] = errors },
        };
        Assert.Equal((double[])[0.5, 0.5], ExtremeNorms.Probabilities(errors));
        var adversarial = objective.Perturb(batch)!;
        var isLinf = IsDrawn(Linf, adversarial);
        objective.Loss(batch, adversarial).AfterStep!();
        TensorAssert.Same(tensor(isLinf ? new[,] { { 1f, 2 }, { 0, 0 } } : new[,] { { 0f, 0 }, { 1, 2 } }), errors);
        errors.copy_(tensor(new[,] { { 0f, 40 }, { 30, 60 } }));
        Assert.All(Enumerable.Range(0, 20), step => Assert.True(IsDrawn(L2, objective.Perturb(
            batch with { Random = RandomSource.ForBatch(RandomKey.Of(step)) })!)));
    }

    [Fact]
    public void Radii_and_steps_grow_with_the_radius_of_the_batch()
    {
        var batch = Batch([0.5f, 0.5f, 0.5f]);
        batch = batch with { Threat = batch.Threat.Scaled(0.5) };
        var found = new AverageThreat { Threats = [Linf, L2] }.Perturb(batch)!.flatten(2)[0];
        TensorAssert.Close(tensor(new[,] { { 0.45f, 0.45f, 0.5f }, { 0.455f, 0.44f, 0.5f } }), found, 1e-6);
    }

    [Fact]
    public void An_image_outside_of_its_own_ball_is_a_violation()
    {
        var batch = Batch([0.5f, 0.5f, 0.5f]);
        float Of(SeveralThreats objective, Tensor adversarial) => objective.Violation(batch, adversarial).item<float>();
        Tensor Moved(params float[] change) => batch.Images + tensor(change).reshape(1, 1, 1, 3);
        var (wide, far) = (Moved(0.1f, 0.1f, 0.1f), Moved(0.2f, 0, 0));
        var (max, average) = (
            new MaxThreat { Threats = [Linf, L2 with { Epsilon = 0.17 }] },
            new AverageThreat { Threats = [Linf, L2 with { Epsilon = 0.2 }] });
        Assert.True(Of(max, wide) <= 0);
        Assert.Equal(0.03, Of(max, far), 1e-4);
        Assert.True(Of(average, stack([wide, far], 1)) <= 0);
        Assert.Equal(0.1, Of(average, stack([far, wide], 1)), 1e-4);
    }

    [Fact]
    public void Adversarial_images_of_each_norm_are_asked_for_by_their_shape()
    {
        var batch = Batch([0.5f, 0.5f, 0.5f]);
        var error = Assert.Throws<ArgumentException>(() =>
            new AverageThreat { Threats = [Linf, L2] }.Loss(batch, batch.Images));
        Assert.StartsWith(
            "Found adversarial images of shape [1, 1, 1, 3], expected [1, 2, 1, 1, 3] for this batch.", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max", """ "threats": [{ "norm": "linf", "epsilon": 0.1 }] """, "objective.threats: found 1, expected two")]
    [InlineData("random", """ "threats": [{ "norm": "linf", "epsilon": 0.1 }, { "norm": "linf", "epsilon": 0.1 }] """,
        "objective.threats: found linf 0.1 twice")]
    [InlineData("average", """ "threats": [{ "norm": "linf", "epsilon": 0.2 }, { "norm": "l2", "epsilon": 1 }] """,
        "threat: found linf 0.1, which the objective does not train against")]
    [InlineData("e-at", """ "threats": [{ "norm": "linf", "epsilon": 0.1 }, { "norm": "linf", "epsilon": 8 }] """,
        "objective.threats[1].epsilon: found 8 for linf")]
    [InlineData("ramp", """ "threats": [{ "norm": "linf", "epsilon": 0.1 }, { "norm": "l2", "epsilon": 1 }, { "norm": "l1", "epsilon": 9 }] """,
        "objective.threats: found 3, expected two")]
    [InlineData("max", "", "objective.threats")]
    public void A_fault_of_the_threats_is_one_of_the_recipe(string objective, string options, string message)
    {
        var error = Assert.Throws<TrainerException>(() => TinyRun.Recipe(("objective", Json(objective, options))));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_sets_of_batch_norm_are_not_projected()
    {
        var error = Assert.Throws<TrainerException>(() => TinyRun.Recipe(
            ("objective", Json("ramp", Threats)), ("batchNorm", JsonNode.Parse("""{ "sets": 2 }"""))));
        Assert.Contains("batchNorm.sets: found 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Held_out_and_test_images_are_measured_in_each_norm_and_in_all()
    {
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(
            ("objective", Json("average", $$"""
            "threats": [{ "norm": "l2", "epsilon": 7, "attack": {{Weak}} }, { "norm": "linf", "epsilon": 0.1, "attack": {{Weak}} }]
            """)), ("train.epochs", 4),
            ("evaluate", JsonNode.Parse("""
            { "examples": 20, "checks": null, "attacks": [{ "type": "pgd", "steps": 2 }], "milestones": [4], "final": [
                { "attack": "fgsm", "examples": 30 },
                { "attack": "fgsm", "examples": 20, "threat": { "norm": "l2", "epsilon": 0.6 } }] }
            """))));
        var lines = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).ToList();
        var validation = lines.OfType<EpochMetrics>().Last().Validation!;
        Assert.Equal(["l2 7", "linf 0.1"], validation.ByThreat!.Keys);
        // The harder one is the first, so that neither the last nor the mean is the worst case.
        Assert.True(validation.ByThreat["l2 7"] < validation.ByThreat["linf 0.1"]);
        Assert.True(validation.Robust <= validation.ByThreat["l2 7"]);
        Assert.Equal(24, validation.Whole!.Examples);
        var finals = lines.OfType<FinalMetrics>().Where(line => line.Checkpoint == "last").ToList();
        Assert.Equal(
            [("fgsm", "linf 0.1", 30), ("fgsm", "l2 0.6", 20), ("fgsm", "linf 0.1 and l2 0.6", 20)],
            finals.Select(line => (line.Test.Attack!, line.Threat!, line.Test.Examples)));
        Assert.True(finals[2].Test.Robust <= finals[1].Test.Robust);
    }

    [Fact]
    public void An_epoch_of_gradient_projection_joins_those_of_both_trainings()
    {
        static (string, JsonNode?) Model() => ("model", JsonNode.Parse("""{ "type": "conv-small-bn" }"""));
        Dictionary<string, Tensor> Weights(string name, JsonNode objective)
        {
            var run = new TinyRun(folder.At(name));
            run.Train(TinyRun.Recipe(
                Model(), ("objective", objective), ("train.epochs", 1), ("train.attackPrecision", "float32")));
            using var file = run.Newest().OpenTensors("model");
            return file.Entries.Where(entry => entry.Dtype == ScalarType.Float32)
                .ToDictionary(entry => entry.Name, entry => file.Read(entry.Name));
        }
        var natural = Weights("natural", JsonNode.Parse("\"standard\"")!);
        var trained = Weights("trained", Json("ramp", $"""{Threats}, "beta": 0 """));
        var projected = Weights("projected", Json("ramp", $"""{Threats}, "beta": 0.5 """));
        using var fresh = new TrainingRun(TinyRun.Recipe(Model()).Value, new SyntheticImages().Load([]), CPU);
        var first = Engine.Networks.StateLoader.Tensors(fresh.Model.Network.Network)
            .ToDictionary(pair => pair.Key, pair => pair.Tensor.detach());
        Assert.All(projected, pair => TensorAssert.Close(
            NaturalTraining.Projected(first[pair.Key], natural[pair.Key], trained[pair.Key], 0.5), pair.Value, 1e-6));
        TensorAssert.Different(trained.Values.First(), projected[trained.Keys.First()]);
    }

    private TrainingBatch Batch(params float[][] images) => new(
        new(network.Classifier), network.Classifier,
        tensor(images.SelectMany(row => row).ToArray()).reshape(images.Length, 1, 1, 3),
        new(zeros(images.Length, ScalarType.Int64)), Linf.Model, RandomSource.ForBatch(RandomKey.Of(1)),
        new Dictionary<string, Tensor>());

    /// <summary>Whether the first row, of values of 0.5, is that of the norm.</summary>
    private static bool IsDrawn(TrainingThreat threat, Tensor adversarial) =>
        Math.Abs(adversarial[0, 0, 0, 0].item<float>() - (threat.Norm == Norm.Linf ? 0.4 : 0.41)) < 1e-3;

    private static JsonNode Json(string name, string options) =>
        JsonNode.Parse($$"""{ "type": "{{name}}" {{(options.Length > 0 ? "," : "")}} {{options}} }""")!;
}
