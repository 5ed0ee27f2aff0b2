using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

public sealed class ResumeTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "model": { "type": "conv-small-bn" }, "average": { "type": "ema", "decay": 0.8 } }""")]
    [InlineData("""{ "model": { "type": "conv-small-bn" }, "average": { "type": "swa", "fromEpoch": 0, "everySteps": 3 } }""")]
    [InlineData("""
        { "data": { "type": "synthetic", "augment": [{ "type": "pad-crop", "padding": 1 }, { "type": "flip" }, { "type": "cutout", "length": 2 }, { "type": "cutmix" }, { "type": "mixup", "alpha": 0.4 }] },
          "optimizer": { "type": "adamw" },
          "train": { "epochs": 2, "batchSize": 16, "labelSmoothing": 0.1, "epsilonWarmupEpochs": 1.5, "gradientClip": 0.5 } }
        """)]
    public void A_run_that_crashed_at_every_few_steps_equals_one_that_did_not(string changes)
    {
        using var whole = new TemporaryFolder();
        using var broken = new TemporaryFolder();
        var recipe = TinyRun.Recipe([.. JsonNode.Parse(changes)!.AsObject()
            .Select(change => (change.Key, change.Value?.DeepClone()))]);
        new TinyRun(whole.At("run")) { Threads = 2 }.Train(recipe);
        var crashing = new TinyRun(broken.At("run")) { Threads = 2 };
        foreach (var step in (long[])[1, 3, 4, 5, 9, 11])
            Assert.Throws<CrashException>(() => crashing.Train(recipe, new Crash(step)));
        Assert.Throws<CrashException>(() => crashing.Train(recipe, new Crash(Evaluation: true)));
        crashing.Train(recipe);

        var expected = new TinyRun(whole.At("run"));
        Assert.Equal(recipe.Value.Average is not null, expected.Tensors().ContainsKey("average.safetensors"));
        Assert.Equal(
            expected.Tensors().Keys.Order(StringComparer.Ordinal),
            crashing.Tensors().Keys.Order(StringComparer.Ordinal));
        foreach (var (name, bytes) in expected.Tensors())
            Assert.True(bytes.AsSpan().SequenceEqual(crashing.Tensors()[name]), $"{name} differs.");
        Assert.Equal(expected.Metrics(), crashing.Metrics());
    }

    [Fact]
    public void Attacks_resume_in_the_precision_that_auto_stood_for()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        Assert.Throws<CrashException>(
            () => run.Train(TinyRun.Recipe(("train.attackPrecision", "bfloat16")), new Crash(5)));
        Assert.Equal(AttackPrecision.BFloat16, run.Newest().State.AttackPrecision);
        var seen = new PrecisionSeen();
        run.Train(TinyRun.Recipe(("train.attackPrecision", "auto")), seen, allowChange: true);
        Assert.Equal(AttackPrecision.BFloat16, seen.Precision);
    }

    [Fact]
    public void A_finished_run_trains_no_further()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe());
        var before = Directory.GetDirectories(run.Folder, "0*").Order().ToList();
        var steps = new StepCounter();
        Assert.Equal(0, run.Train(TinyRun.Recipe(), steps).ExitCode);
        Assert.Equal(0, steps.Count);
        Assert.Equal(before, Directory.GetDirectories(run.Folder, "0*").Order());
        Assert.Equal(NextAction.Done, run.Newest().State.Next);
    }

    [Fact]
    public void A_changed_recipe_is_refused_with_the_list_and_allowed_on_request()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        Assert.Throws<CrashException>(() => run.Train(TinyRun.Recipe(), new Crash(5)));
        var changed = TinyRun.Recipe(
            ("optimizer.learningRate", 0.01), ("logging.everySteps", 3), ("threat.epsilon", 0.2));
        var exception = Assert.Throws<TrainerException>(() => run.Train(changed));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains(
            ": threat.epsilon: 0.1 → 0.2; optimizer.learningRate: 0.05 → 0.01. Undo the change", exception.Message,
            StringComparison.Ordinal);
        Assert.Equal(0, run.Train(changed, allowChange: true).ExitCode);
    }

    [Fact]
    public void More_epochs_are_refused_where_the_schedule_stretches_over_them_and_free_where_not()
    {
        using var folder = new TemporaryFolder();
        var cosine = new TinyRun(folder.At("cosine"));
        cosine.Train(TinyRun.Recipe());
        Assert.Throws<TrainerException>(() => cosine.Train(TinyRun.Recipe(("train.epochs", 3))));
        var constant = JsonNode.Parse("""{ "type": "constant" }""");
        var stepwise = new TinyRun(folder.At("constant"));
        stepwise.Train(TinyRun.Recipe(("schedule", constant!.DeepClone())));
        stepwise.Train(TinyRun.Recipe(("schedule", constant.DeepClone()), ("train.epochs", 3)));
        Assert.Equal(
            3, MetricsFile.Read(Path.Combine(stepwise.Folder, "metrics.jsonl")).OfType<EpochMetrics>().Count());
    }

    [Fact]
    public void A_length_that_a_run_from_the_beginning_would_not_have_had_is_refused()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        (string, JsonNode?)[] Constant(params (string, JsonNode?)[] changes) => [("schedule", JsonNode.Parse("""{ "type": "constant" }""")), .. changes];
        run.Train(TinyRun.Recipe(Constant(("train.maxSteps", 3))));
        var before = run.Metrics();
        var exception = Assert.Throws<TrainerException>(() => run.Train(TinyRun.Recipe(Constant())));
        Assert.Contains("at step 3, within an epoch of ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, run.Metrics());

        var crashed = new TinyRun(folder.At("crashed"));
        Assert.Throws<CrashException>(() => crashed.Train(TinyRun.Recipe(Constant()), new Crash(5)));
        exception = Assert.Throws<TrainerException>(() => crashed.Train(TinyRun.Recipe(Constant(("train.maxSteps",
            3)))));
        Assert.Contains(
            "is at step 4, and train.epochs and train.maxSteps make 3: expected as many or more.", exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_epochs_at_an_epochs_end_make_it_the_last()
    {
        using var folder = new TemporaryFolder();
        var constant = JsonNode.Parse("""{ "type": "constant" }""")!;
        var one = new TinyRun(folder.At("one"));
        one.Train(TinyRun.Recipe(("schedule", constant.DeepClone()), ("train.epochs", 1)));
        var shortened = new TinyRun(folder.At("shortened"));
        var stepsPerEpoch = one.Newest().State.GlobalStep;
        Assert.Throws<CrashException>(
            () => shortened.Train(
            TinyRun.Recipe(("schedule", constant.DeepClone()), ("checkpoint.everySteps", 1000)),
            new Crash(stepsPerEpoch + 1)));
        shortened.Train(TinyRun.Recipe(
            ("schedule", constant.DeepClone()), ("checkpoint.everySteps", 1000), ("train.epochs", 1)));
        Assert.Equal(one.Metrics(), shortened.Metrics());
    }

    [Fact]
    public void With_another_recipe_the_best_checkpoint_is_looked_for_anew()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(("train.earlyStopping", JsonNode.Parse("""{ "patience": 5 }"""))));
        var (former, elsewhere) = (run.Newest(), new TinyRun(folder.At("elsewhere")));
        Assert.NotNull(former.State.Best);
        foreach (var other in new[] { run, elsewhere })
        {
            // A radius at which no accuracy is as good.
            var changed = TinyRun.Recipe(("threat.epsilon", 0.9), ("train.epochs", 4), ("train.earlyStopping", JsonNode.Parse("""{ "patience": 5 }""")));
            other.Train(changed, resume: other == run ? SessionOptions.Auto : former.Path, allowChange: true);
            var newest = other.Newest();
            Assert.Equal(4, newest.State.Epoch);
            Assert.InRange(newest.State.Best!.Step, former.State.GlobalStep + 1, newest.State.GlobalStep);
            Assert.True(newest.State.Best.Score < former.State.Best!.Score);
            var best = new CheckpointStore(other.Folder, new(), _ => { })
                .FindBest(damaged => Assert.Fail(damaged.Problem));
            Assert.Equal(newest.State.Best.Step, best!.State.GlobalStep);
            Assert.Equal($"{Path.GetFileName(best.Path)}\n", File.ReadAllText(Path.Combine(other.Folder, "best")));
            Assert.Equal(newest.State.Best.Score, (double)newest.State.Parts["earlyStopping"]!["Best"]!);
        }
    }

    [Fact]
    public void A_finished_run_keeps_the_recipe_that_it_measured_by()
    {
        using var folder = new TemporaryFolder();
        var log = new LogLines();
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        run.Train(TinyRun.Recipe());
        var before = File.ReadAllText(Path.Combine(run.Folder, "recipe.json"));
        run.Train(TinyRun.Recipe(("logging.everySteps", 3)));
        Assert.Empty(log.Warnings);
        run.Train(TinyRun.Recipe(("evaluate.final", JsonNode.Parse("""[{ "attack": "autoattack" }]"""))));
        Assert.StartsWith(
            "This run is finished and was evaluated differently (evaluate.final[0].attack: ",
            Assert.Single(log.Warnings), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(run.Folder, "recipe.json")));
    }

    [Fact]
    public void Metrics_that_find_no_room_end_no_training_and_are_asked_for_in_words()
    {
        using var folder = new TemporaryFolder();
        var log = new LogLines();
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        var recipe = TinyRun.Recipe([.. TinyRun.Breakable, ("evaluate.checks", 2)]);
        // Nothing can be written in the place of a folder.
        foreach (var file in (string[])["recipe.json", "checks.json"])
            Directory.CreateDirectory(Path.Combine(run.Folder, $"{file}.{Environment.ProcessId}.tmp"));
        var exception = Assert.Throws<TrainerException>(() => run.Train(recipe));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.EndsWith(
            "Make room or mend the folder, and start again: what was measured is kept.", exception.Message,
            StringComparison.Ordinal);
        Assert.Single(
            log.Warnings, warning =>
            warning.EndsWith("Every checkpoint holds the recipe, too", StringComparison.Ordinal));

        foreach (var file in (string[])["recipe.json", "checks.json"])
            Directory.Delete(Path.Combine(run.Folder, $"{file}.{Environment.ProcessId}.tmp"));
        Assert.Equal(0, run.Train(recipe).ExitCode);
        Assert.True(File.Exists(Path.Combine(run.Folder, "recipe.json"))
            && File.Exists(Path.Combine(run.Folder, "checks.json")));
    }

    private sealed class PrecisionSeen : TrainingHook
    {
        public AttackPrecision? Precision { get; private set; }

        public override void OnRunStart(TrainingRun run) => Precision = run.Model.AttackNetwork.Precision;
    }

    private sealed class StepCounter : TrainingHook
    {
        public int Count { get; private set; }

        public override void OnStep(TrainingRun run) => Count++;
    }
}
