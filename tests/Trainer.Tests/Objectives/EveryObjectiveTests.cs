using System.Text.Json.Nodes;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Tests.Training;

namespace Trainer.Tests.Objectives;

/// <summary>Every objective of the registry, built from its JSON. One without an entry here fails.</summary>
public sealed class EveryObjectiveTests
{
    private const string Pgd = """ "attack": { "type": "pgd", "steps": 10, "gaussianStart": 0.001 } """;
    private const string Threats = """
        "threats": [
            { "norm": "linf", "epsilon": 0.1, "attack": { "type": "pgd", "steps": 10 } },
            { "norm": "l2", "epsilon": 1, "attack": { "type": "apgd-train", "steps": 10 } }]
        """;

    /// <summary>The JSON of each, and what a step of it costs in forward passes of the batch.</summary>
    private static readonly Dictionary<string, (string Json, double Cost)[]> Descriptions = new()
    {
        // The first for eight epochs; a run of two has unlearning in the second.
        ["abl"] =
        [
            (""" "tuningEpochs": 2, "fineTuningEpochs": 5, "gamma": 0.1, "isolationRate": 0.1 """, 3),
            (""" "tuningEpochs": 1, "fineTuningEpochs": 0, "tuning": "local-gradient-ascent", "isolationRate": 0.1 """, 3),
        ],
        // Twenty of PGD and twenty-two of APGD.
        ["average"] = [(Threats, 48)],
        ["awp"] =
        [
            ($$""" "objective": { "type": "pgd-at", {{Pgd}} }, "gamma": 0.005 """, 26),
            ($$""" "objective": { "type": "trades", "beta": 6, {{Pgd}} } """, 33),
            ($$""" "objective": { "type": "mart", "lambda": 5, {{Pgd}} }, "fromEpoch": 2 """, 26),
        ],
        ["consistency"] = [(""" "sigma": 0.1, "lambda": 5 """, 6)],
        // Passes of clean images and of bounds go through the layers, not through the classifier.
        ["crown-ibp"] = [(""" "lossFusion": false, "kappa": 0.5 """, 0), (""" "kappa": 0.5 """, 0)],
        ["dkl"] = [($""" "alpha": 6, "beta": 6, {Pgd} """, 27)],
        // The key draws APGD.
        ["e-at"] = [(Threats, 25)],
        // The adaptive one begins at zero: the last has the state.
        ["elle"] =
        [
            (""" "adaptive": false, "lambda": 10 """, 14),
            (""" "lambda": 10, "mix": { "cleanFraction": 0.5 } """, 8.5),
        ],
        // Three forwards of the update.
        ["fgsm-pco"] = [(""" "lambda": 1 """, 11)],
        ["fgsm-rs"] = [("", 5)],
        ["free"] = [(""" "replays": 4 """, 3)],
        ["gaussian"] = [(""" "sigma": 0.1 """, 3), (""" "sigma": 0.1, "draws": 2 """, 6)],
        ["gkl"] =
        [
            ($""" "beta": 1, {Pgd} """, 27),
            ($$""" "beta": 1, {{Pgd}}, "mix": { "cleanFraction": 0.5 } """, 15),
        ],
        // The gradient at the clean images costs two, the one that is differentiated six.
        ["gradalign"] = [("", 13), (""" "mix": { "cleanFraction": 0.5 } """, 8)],
        ["ibp"] = [(""" "kappa": 0.5 """, 0)],
        ["macer"] = [(""" "sigma": 0.1, "draws": 4 """, 12), (""" "sigma": 0.1, "draws": 4, "fromEpoch": 2 """, 12)],
        ["mart"] = [($""" "lambda": 5, {Pgd} """, 26)],
        // A forward for each norm to find the worse.
        ["max"] = [(Threats, 47)],
        ["mtl-ibp"] = [($""" "alpha": 0.1, {Pgd} """, 20)],
        ["n-fgsm"] = [("", 5)],
        ["nuat"] = [(""" "rampEpochs": 0, "lambda": 1 """, 9), (""" "rampEpochs": 1, "lambda": 0.1 """, 9)],
        ["pgd-at"] =
        [
            (Pgd, 23),
            ($$""" {{Pgd}}, "mix": { "cleanFraction": 0.5 } """, 13),
            ($$""" {{Pgd}}, "mix": { "cleanFraction": 0.5, "pairing": "paired" } """, 26),
        ],
        // The update has three forwards; the natural step is the engine's.
        ["ramp"] = [($""" {Threats}, "beta": 0 """, 53), ($""" {Threats}, "lambda": 1 """, 53)],
        ["random"] = [(Threats, 25)],
        ["sabr"] = [($""" "lambda": 0.1, {Pgd} """, 20)],
        ["smoothadv"] = [($""" "sigma": 0.1, "draws": 2, {Pgd} """, 46)],
        ["standard"] = [("", 3)],
        ["trades"] =
        [
            ($""" "beta": 6, {Pgd} """, 27),
            ($$""" "beta": 6, {{Pgd}}, "mix": { "cleanFraction": 0.5 } """, 15),
        ],
    };

    public static TheoryData<string, string, double> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, double>();
            foreach (var name in TinyRun.Registry.Names(typeof(IObjective)))
            {
                foreach (var (json, cost) in Descriptions[name])
                    cases.Add(name, json, cost);
            }
            return cases;
        }
    }

    public static TheoryData<string> Names => [.. TinyRun.Registry.Names(typeof(IObjective))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_costs_what_it_should(string name, string json, double cost)
    {
        using var scope = NewDisposeScope();
        var recipe = Recipe(name, json);
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        var rows = arange(16, ScalarType.Int64);
        var (images, labels) = run.Data.Train.Batch(rows);
        var targets = new Targets(labels) { Origin = ImageOrigin.Unchanged(rows, images) };
        var batch = new TrainingStep(run).Batch(images, targets, RandomSource.ForBatch(RandomKey.Of(1)));
        var adversarial = new TrainingStep(run).Perturb(batch);
        var attack = run.Model.Network.Passes;
        recipe.Objective.Loss(batch, adversarial);
        // A backward pass to the images costs a forward, one to the weights too costs two.
        var training = run.Model.Network.Passes - attack;
        Assert.Equal(cost * 16, attack.Forward + attack.Backward + (3 * training.Forward) + training.Backward);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_learns_within_its_bound_and_leaves_no_tensor_behind(string name, string json, double cost)
    {
        Assert.True(cost >= 0);
        // A bound over the whole ball leaves so small a network room to learn in small balls alone.
        var epsilon = name is "ibp" or "crown-ibp" or "mtl-ibp" or "sabr" ? 0.01 : 0.1;
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        var census = new Census();
        run.Train(
            TinyRun.Recipe(
                ("objective", Json(name, Short(json))), ("train.epochs", 8), ("optimizer.learningRate", 0.1),
                ("train.attackPrecision", "float32"), ("threat.epsilon", epsilon),
                ("evaluate.everyEpochs", 1000), ("evaluate.final", new JsonArray()), ("checkpoint.everySteps", null),
                ("checkpoint.everyEpochs", 1000)),
            census);
        var losses = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<StepMetrics>()
            .Select(line => line.Loss!.Value).ToList();
        Assert.True(losses[^1] < 0.8 * losses[0], $"The loss went from {losses[0]} to {losses[^1]}.");
        // Finalisers of earlier tests' tensors may still lower it; a single tensor left behind by a step raises it.
        Assert.Equal(38, census.Counts.Count);
        Assert.Equal(census.Counts[0], census.Counts.Max());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_run_that_crashed_equals_one_that_did_not(string name)
    {
        using var folder = new TemporaryFolder();
        var (whole, broken) = (new TinyRun(folder.At("whole")), new TinyRun(folder.At("broken")));
        var (json, _) = Descriptions[name][^1];
        var recipe = TinyRun.Recipe(
            ("objective", Json(name, Short(json))), ("train.epochs", name == "free" ? 8 : 2),
            ("model", JsonNode.Parse("""{ "type": "conv-small-bn" }""")), ("evaluate.everyEpochs", 1000),
            ("evaluate.final", new JsonArray()));
        whole.Train(recipe);
        // In the first epoch and in the second.
        foreach (var step in (long[])[3, 9])
            Assert.Throws<CrashException>(() => broken.Train(recipe, new Crash(step)));
        broken.Train(recipe);
        foreach (var (file, bytes) in whole.Tensors())
            Assert.True(bytes.AsSpan().SequenceEqual(broken.Tensors()[file]), $"{file} differs.");
        Assert.Equal(whole.Metrics(), broken.Metrics());
    }

    [Theory]
    [InlineData("""{ "type": "pgd", "steps": 10, "randomStart": false }""")]
    [InlineData("""{ "type": "pgd-adam", "randomStart": false }""")]
    [InlineData("\"fgsm\"")]
    [InlineData("\"bim\"")]
    [InlineData("\"mim\"")]
    [InlineData("""{ "type": "eot", "attack": "mim" }""")]
    public void Trades_refuses_an_attack_that_starts_where_its_gradient_is_zero(string attack)
    {
        var error = Assert.Throws<TrainerException>(() => Recipe("trades", $""" "beta": 6, "attack": {attack} """));
        Assert.Contains(
            "objective.attack: found an attack that starts at the image", error.Message, StringComparison.Ordinal);
    }

    private static Recipe Recipe(string name, string json) =>
        TinyRun.Recipe(
            ("objective", Json(name, json)), ("train.attackPrecision", "float32"), ("train.epochs", 8)).Value;

    /// <summary>With fewer steps of the attack.</summary>
    private static string Short(string json) =>
        json.Replace("\"steps\": 10", "\"steps\": 3", StringComparison.Ordinal);

    private static JsonNode? Json(string name, string json) =>
        JsonNode.Parse($$"""{ "type": "{{name}}" {{(json.Length > 0 ? "," : "")}} {{json}} }""");

    private sealed class Crash(long step) : TrainingHook
    {
        public override void OnStep(TrainingRun run)
        {
            if (run.Position.Step == step)
                throw new CrashException();
        }
    }

    private sealed class CrashException : Exception;

    private sealed class Census : TrainingHook
    {
        public List<long> Counts { get; } = [];

        public override void OnStep(TrainingRun run)
        {
            if (run.Position.Step > 10)
                Counts.Add(Tensor.TotalCount);
        }
    }
}
