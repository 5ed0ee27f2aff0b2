using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Guards;
using Trainer.Tests.Training;

namespace Trainer.Tests.Distributed;

/// <summary>Several processes train what one does.</summary>
public sealed class DividedTrainingTests : IDisposable
{
    // Sums in another order differ by some 1e-16 of their size a step.
    private const double Tolerance = 1e-9;
    private const string Attack = """{ "type": "pgd", "steps": 2, "stepSize": 0.05 }""";
    private const string Threats = $$"""[{ "norm": "linf", "epsilon": 0.1, "attack": {{Attack}} }, { "norm": "l1", "epsilon": 2, "attack": { "type": "apgd-train", "steps": 2 } }]""";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData($$"""{ "type": "pgd-at", "attack": {{Attack}} }""")]
    [InlineData($$"""{ "type": "pgd-at", "attack": {{Attack}}, "mix": { "cleanFraction": 0.4, "cleanWeight": 0.5 } }""")]
    [InlineData($$"""{ "type": "pgd-at", "attack": {{Attack}}, "mix": { "cleanFraction": 0.4, "pairing": "paired" } }""")]
    [InlineData($$"""{ "type": "trades", "beta": 6, "attack": {{Attack}}, "mix": { "cleanFraction": 0.4 } }""")]
    [InlineData($$"""{ "type": "gkl", "attack": {{Attack}}, "mix": { "cleanFraction": 0.4 } }""")]
    [InlineData("""{ "type": "elle", "lambda": 10, "mix": { "cleanFraction": 0.4 } }""")]
    [InlineData("""{ "type": "gradalign" }""")]
    [InlineData($$"""{ "type": "mart", "lambda": 5, "attack": {{Attack}} }""")]
    [InlineData($$"""{ "type": "awp", "gamma": 0.01, "objective": { "type": "trades", "beta": 6, "attack": {{Attack}} } }""")]
    [InlineData("""{ "type": "free", "replays": 2 }""")]
    [InlineData($$"""{ "type": "max", "threats": {{Threats}} }""")]
    [InlineData($$"""{ "type": "average", "threats": {{Threats}} }""")]
    [InlineData($$"""{ "type": "random", "threats": {{Threats}} }""")]
    [InlineData($$"""{ "type": "e-at", "threats": {{Threats}} }""")]
    [InlineData($$"""{ "type": "ramp", "threats": {{Threats}} }""")]
    [InlineData("""{ "type": "standard" }""")]
    public void Any_number_of_processes_trains_the_network_of_one(string objective)
    {
        var recipe = Recipe(("objective", JsonNode.Parse(objective)));
        var alone = Train(recipe, 1);
        Assert.All((int[])[2, 3], size => Close(alone, Train(recipe, size)));
    }

    [Fact]
    public void An_average_smoothed_labels_clipped_gradients_and_augmentations_are_those_of_one_process()
    {
        var recipe = Recipe(
            ("average", JsonNode.Parse("""{ "type": "ema", "decay": 0.9 }""")), ("train.labelSmoothing", 0.1),
            ("train.gradientClip", 0.5), ("data.augment", JsonNode.Parse("""[{ "type": "pad-crop", "padding": 1 }, { "type": "flip" }]""")));
        var alone = Train(recipe, 1, "average");
        Close(alone, Train(recipe, 3, "average"));
    }

    [Theory]
    [InlineData("""{ "type": "convnext", "depths": [1, 1, 2, 1], "dims": [8, 8, 8, 8], "patchSize": 1, "dropPath": 0.5 }""", 0.4)]
    [InlineData("""{ "type": "vit", "dim": 8, "depth": 3, "headDim": 4, "stemWidth": 8, "dropPath": 0.5 }""", 0)]
    [InlineData("""{ "type": "xcit", "dim": 8, "depth": 2, "heads": 2, "dropPath": 0.5 }""", 0)]
    public void Drop_path_drops_the_rows_that_it_drops_in_one_process(string model, double cleanFraction)
    {
        var recipe = Recipe(
            ("model", JsonNode.Parse($$"""{ "type": "precise", "of": {{model}} }""")),
            ("batchNorm", JsonNode.Parse("""{ "synchronise": true }""")),
            ("objective", JsonNode.Parse(FormattableString.Invariant($$"""{ "type": "pgd-at", "attack": {{Attack}}, "mix": { "cleanFraction": {{cleanFraction}} } }"""))));
        var alone = Train(recipe, 1);
        Assert.All((int[])[2, 3], size => Close(alone, Train(recipe, size)));
    }

    [Fact]
    public void Images_that_are_mixed_with_those_of_other_processes_are_those_of_one_process()
    {
        var recipe = Recipe(("data.augment", JsonNode.Parse("""[{ "type": "flip" }, { "type": "cutmix" }]""")));
        var alone = Train(recipe, 1);
        Close(alone, Train(recipe, 3));
    }

    [Theory]
    [InlineData("""{ "synchronise": true }""")]
    [InlineData("""{ "synchronise": true, "normalise": "separate", "update": ["natural", "adversarial"] }""")]
    [InlineData("""{ "synchronise": true, "sets": 2, "evaluate": "clean" }""")]
    public void Synchronised_batch_norm_is_that_of_one_process(string batchNorm)
    {
        var recipe = Recipe(
            ("model", JsonNode.Parse("""{ "type": "precise", "batchNorm": true }""")),
            ("batchNorm", JsonNode.Parse(batchNorm)),
            ("average", JsonNode.Parse("""{ "type": "swa", "fromEpoch": 1 }""")),
            ("objective", JsonNode.Parse($$"""{ "type": "awp", "gamma": 0.01, "objective": { "type": "pgd-at", "attack": {{Attack}}, "mix": { "cleanFraction": 0.4, "cleanWeight": 0.5 } } }""")));
        Close(Train(recipe, 1), Train(recipe, 3));
        // Every process passes the same batches through the averaged weights.
        Close(Train(recipe, 1, "average"), Train(recipe, 3, "average"));
    }

    [Fact]
    public void Batch_norm_of_each_process_s_rows_has_the_mean_of_their_running_statistics()
    {
        // A learning rate of almost nothing: the statistics are those of the same activations.
        var recipe = Recipe(
            ("model", JsonNode.Parse("""{ "type": "precise", "batchNorm": true }""")),
            ("optimizer.learningRate", 1e-30), ("train.maxSteps", 1));
        var (alone, divided) = (Train(recipe, 1), Train(recipe, 2));
        // Means are linear in the rows, and variances are not.
        Assert.NotEqual(alone, divided);
        Close(Train(recipe, 1, key: "inner.norm.running_mean"), Train(recipe, 2, key: "inner.norm.running_mean"));
    }

    [Fact]
    public void Metrics_of_all_processes_are_those_of_one()
    {
        var recipe = Recipe(
            ("objective", JsonNode.Parse($$"""{ "type": "pgd-at", "attack": {{Attack}}, "mix": { "cleanFraction": 0.4 } }""")));
        var (alone, divided) = (folder.At("alone"), folder.At("divided"));
        Train(recipe, 1, folderName: "alone");
        Train(recipe, 3, folderName: "divided");
        var (expected, found) = (new TinyRun(alone).Metrics(), new TinyRun(divided).Metrics());
        Assert.True(expected.Count > 3);
        Assert.Equal(expected.Count, found.Count);
        foreach (var (one, several) in expected.Zip(found))
            foreach (var (key, value) in JsonNode.Parse(one)!.AsObject())
                if (value?.GetValueKind() == System.Text.Json.JsonValueKind.Number)
                    Assert.Equal(
                        value.GetValue<double>(), JsonNode.Parse(several)![key]!.GetValue<double>(), tolerance: 1e-6);
    }

    [Fact]
    public void Perturbations_of_the_rows_of_all_processes_are_saved()
    {
        var recipe = Recipe(("objective", JsonNode.Parse("""{ "type": "free", "replays": 2 }""")));
        double[] Saved(int size) =>
            Train(recipe, size, CheckpointFiles.State, key: "objective.perturbation");
        var alone = Saved(1);
        Assert.Contains(alone, value => value != 0);
        Close(alone, Saved(3));
    }

    [Fact]
    public void A_resumed_run_of_several_processes_has_the_same_bits()
    {
        var recipe = Recipe(
            ("objective", JsonNode.Parse("""{ "type": "free", "replays": 2 }""")), ("train.epochs", 4),
            ("checkpoint.everySteps", 3));
        Train(recipe, 3, folderName: "whole");
        Assert.Throws<CrashException>(() => Train(recipe, 3, folderName: "parts", crashAt: 7));
        Train(recipe, 3, folderName: "parts");
        var (whole, parts) = (new TinyRun(folder.At("whole")), new TinyRun(folder.At("parts")));
        Assert.Equal(whole.Metrics(), parts.Metrics());
        Assert.All(whole.Tensors(), file => Assert.True(file.Value.AsSpan().SequenceEqual(parts.Tensors()[file.Key])));
    }

    [Fact]
    public void A_run_that_another_number_of_processes_resumes_is_the_same_to_rounding_and_says_so()
    {
        var recipe = Recipe(("train.epochs", 4), ("checkpoint.everySteps", 3));
        var (alone, log) = (Train(recipe, 1), new LogLines());
        Assert.Throws<CrashException>(() => Train(recipe, 3, folderName: "parts", crashAt: 7));
        Close(alone, new DividedRun(folder.At("parts")) { Log = log.Logger }.Train(recipe, 2));
        Assert.Contains(
            log.Warnings, line => line.StartsWith(
                "Resuming in a different environment (processes 3 → 2); ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_signal_at_any_process_stops_all_at_one_step()
    {
        var outcomes = ThreadCollectives.Run(2, processes =>
        {
            using var stops = new Engine.Signals.StopRequests();
            var requests = new RunRequests(stops, processes);
            if (processes.Rank == 1)
                stops.Take(Engine.Signals.StopSignal.Terminate);
            var before = requests.Stop;
            return (before, requests.AskToStop(), requests.Stop);
        });
        Assert.All(outcomes, outcome => Assert.Equal(
            (null, true, Engine.Signals.StopSignal.Terminate), outcome));
    }

    [Fact]
    public void A_signal_at_any_process_is_one_at_all_after_the_exchange_of_a_step()
    {
        var outcomes = ThreadCollectives.Run(3, processes =>
        {
            using var stops = new Engine.Signals.StopRequests();
            var requests = new RunRequests(stops, processes);
            if (processes.Rank == 2)
                stops.Take(Engine.Signals.StopSignal.HangUp);
            using var numbers = tensor(requests.Write());
            processes.AllReduce(numbers);
            requests.Read(numbers.data<double>().ToArray());
            return requests.Stop;
        });
        Assert.All(outcomes, outcome => Assert.Equal(Engine.Signals.StopSignal.HangUp, outcome));
    }

    [Fact]
    public void A_process_one_of_whose_weights_changes_by_itself_is_found()
    {
        var error = Assert.Throws<TrainerException>(() => ThreadCollectives.Run(2, processes =>
            new TinyRun(folder.At("run")) { Processes = processes, Threads = 1 }.Train(Recipe(), new ChangedWeight())));
        Assert.StartsWith(
            "After step 2, rank 1 has other weights than rank 0.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_with_another_recipe_is_refused_by_name()
    {
        var error = Assert.Throws<TrainerException>(() => ThreadCollectives.Run(2, processes =>
            new TinyRun(folder.At("run")) { Processes = processes, Threads = 1 }
                .Train(Recipe(("seed", processes.Rank)))));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.StartsWith(
            $"The processes differ: rank 1 on {Environment.MachineName} has the recipe ", error.Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void A_batch_with_fewer_rows_than_processes_is_refused()
    {
        var recipe = Recipe(("train.batchSize", 47));
        var error = Assert.Throws<TrainerException>(() => Train(recipe, 3));
        Assert.StartsWith(
            "train.batchSize: found a batch of 2 rows, 0 of them clean, for 3 processes", error.Message,
            StringComparison.Ordinal);
    }

    private static ResolvedRecipe<Recipe> Recipe(params (string Path, JsonNode? Value)[] changes) =>
        DividedRun.Recipe([("model", "precise"), .. changes]);

    private double[] Train(
        ResolvedRecipe<Recipe> recipe, int size, string weights = "model", string? folderName = null,
        int? crashAt = null, string? key = null) =>
        new DividedRun(folder.At(folderName ?? $"{Guid.NewGuid()}")).Train(recipe, size, weights, crashAt, key);

    private static void Close(double[] expected, double[] found) => DividedRun.Close(expected, found, Tolerance);

    /// <summary>Hooks run in the first process alone.</summary>
    private sealed class ChangedWeight : TrainingHook
    {
        public override void OnStep(TrainingRun run)
        {
            using var noGrad = no_grad();
            using var first = run.Model.Parameters.Values.narrow(0, 0, 1);
            first.add_(1e-6);
        }
    }
}
