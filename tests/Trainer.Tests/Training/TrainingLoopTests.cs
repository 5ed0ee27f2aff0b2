using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Tests.Training;

public sealed class TrainingLoopTests
{
    [Fact]
    public void Training_learns_and_writes_a_line_for_every_interval_epoch_and_final()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(("train.epochs", 6)));
        var lines = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).ToList();
        // Six steps an epoch, a line every four steps and at the epoch's end.
        Assert.Equal(
            [4L, 6, 8, 12, 16, 18, 20, 24, 28, 30, 32, 36], lines.OfType<StepMetrics>().Select(line => line.Step));
        Assert.Equal([1, 2, 3, 4, 5, 6], lines.OfType<EpochMetrics>().Select(line => line.Epoch));
        Assert.All(lines.OfType<EpochMetrics>(), line => Assert.Equal(20, line.Validation!.Examples));
        Assert.All(lines.OfType<StepMetrics>(), line => Assert.Null(line.CleanAccuracy));
        Assert.All(lines.OfType<StepMetrics>(), line => Assert.InRange(line.AdversarialAccuracy!.Value, 0, 1));
        var finals = lines.OfType<FinalMetrics>().ToList();
        Assert.Equal(["best", "last"], finals.Select(line => line.Checkpoint));
        Assert.All(finals, line =>
            Assert.Equal((30, "pgd-3", 40), (line.Test.Examples, line.Test.Attack, line.AllTest!.Examples)));
        Assert.All(finals, line => Assert.True(line.Test.Robust <= line.Test.Clean));
        Assert.True(finals[1].Test.Robust > 0.9, $"Robust accuracy on stripes is {finals[1].Test.Robust}.");
    }

    [Fact]
    public void A_line_tells_the_learning_rate_of_its_own_last_step()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(("schedule", JsonNode.Parse("""{ "type": "piecewise", "milestones": [1] }"""))));
        // Six steps an epoch; the rate falls from 0.05 to 0.005 with the seventh.
        Assert.Equal([(4L, 0.05), (6, 0.05), (8, 0.005), (12, 0.005)],
            MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<StepMetrics>()
            .Select(line => (line.Step, Math.Round(line.LearningRate, 6))));
    }

    [Fact]
    public void Evaluating_more_often_changes_no_weight()
    {
        using var folder = new TemporaryFolder();
        var often = new TinyRun(folder.At("often"));
        var once = new TinyRun(folder.At("once"));
        often.Train(TinyRun.Recipe());
        once.Train(TinyRun.Recipe(("evaluate.everyEpochs", 100)));
        Assert.True(often.Tensors()["model.safetensors"].AsSpan().SequenceEqual(once.Tensors()["model.safetensors"]));
    }

    [Fact]
    public void The_same_held_out_images_are_attacked_with_the_same_noise_after_every_epoch()
    {
        using var folder = new TemporaryFolder();
        Recording.Seen.Clear();
        new TinyRun(folder.At("run")).Train(TinyRun.Recipe(
            ("train.epochs", 3), ("optimizer.learningRate", 1e-30), ("evaluate.attacks", JsonNode.Parse("""[{ "type": "recording" }]""")), ("evaluate.examples", 7), ("evaluate.batchSize", 7),
            ("evaluate.final", JsonNode.Parse("[]")), ("logging.tensorBoard", false)));
        Assert.Equal(3, Recording.Seen.Count);
        Assert.Single(Recording.Seen.Distinct());
    }

    [Fact]
    public void At_a_milestone_all_held_out_images_are_measured_beside_the_subset()
    {
        using var folder = new TemporaryFolder();
        var (with, without) = (new TinyRun(folder.At("with")), new TinyRun(folder.At("without")));
        with.Train(TinyRun.Recipe(
            ("evaluate.everyEpochs", 100), ("train.epochs", 3), ("evaluate.milestones", JsonNode.Parse("[1]")),
            ("evaluate.examples", 7)));
        without.Train(TinyRun.Recipe(("train.epochs", 3), ("evaluate.examples", 7)));
        var lines = MetricsFile.Read(Path.Combine(with.Folder, "metrics.jsonl")).OfType<EpochMetrics>()
            .Select(line => line.Validation).ToList();
        var others = MetricsFile.Read(Path.Combine(without.Folder, "metrics.jsonl")).OfType<EpochMetrics>()
            .Select(line => line.Validation!).ToList();
        Assert.Equal([7, null, 7], lines.Select(line => line?.Examples));
        Assert.Equal([24, null, null], lines.Select(line => line?.Whole?.Examples));
        Assert.Equal((others[0].Clean, others[0].Robust), (lines[0]!.Clean, lines[0]!.Robust));
        Assert.All(others, line => Assert.Null(line.Whole));
        // What an evaluation of all of them finds.
        var all = new TinyRun(folder.At("all"));
        all.Train(TinyRun.Recipe(("train.epochs", 3), ("evaluate.examples", 24)));
        var whole = MetricsFile.Read(Path.Combine(all.Folder, "metrics.jsonl")).OfType<EpochMetrics>().First()
            .Validation!;
        Assert.Equal(
            (whole.Clean, whole.Robust, whole.Attack),
            (lines[0]!.Whole!.Clean, lines[0]!.Whole!.Robust, lines[0]!.Whole!.Attack));
    }

    [Theory]
    [InlineData("validation.robust", 12)]
    [InlineData("validation.clean", 18)]
    public void The_best_epoch_is_saved_whether_or_not_a_save_is_due(string monitor, long step)
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        (double, double)[] accuracies = [(0.8, 0.5), (0.82, 0.9), (0.95, 0.6), (0.9, 0.55)];
        run.Train(
            TinyRun.Recipe(("train.epochs", 4), ("checkpoint", JsonNode.Parse($$"""{ "everyEpochs": 10, "everyMinutes": null, "monitor": "{{monitor}}" }"""))),
            new Guards.Scripted((_, epoch) => accuracies[epoch]));
        Assert.Equal(step, run.Newest().State.Best!.Step);
        Assert.Equal(
            ["best", "last"], MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<FinalMetrics>()
            .Select(line => line.Checkpoint));
    }

    [Fact]
    public void Early_stopping_needs_an_attack_to_wait_for()
    {
        using var folder = new TemporaryFolder();
        var exception = Assert.Throws<TrainerException>(() => new TinyRun(folder.At("run")).Train(TinyRun.Recipe(
            ("train.earlyStopping", JsonNode.Parse("""{ "patience": 2 }""")), ("evaluate.attacks", JsonNode.Parse("[]")))));
        Assert.Contains(
            "train.earlyStopping: waits for robust accuracy (checkpoint.monitor), and evaluate.attacks is empty",
            exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_of_clean_images_are_none_for_the_adversarial_set()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<TrainerException>(() => new TinyRun(folder.At("run")).Train(TinyRun.Recipe(
            ("model", "conv-small-bn"), ("average", JsonNode.Parse("""{ "type": "swa", "fromEpoch": 0 }""")), ("batchNorm", JsonNode.Parse("""{ "sets": 2 }""")))));
        Assert.StartsWith(
            "average: swa estimates batch norm's statistics on clean images", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Early_stopping_needs_held_out_images_to_wait_for()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<TrainerException>(() => new TinyRun(folder.At("run")).Train(TinyRun.Recipe(
            ("train.earlyStopping", JsonNode.Parse("""{ "patience": 2 }""")), ("data.validation", 0))));
        Assert.StartsWith(
            "train.earlyStopping: waits for a metric on held-out images, and there are none;", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_shown_during_the_final_evaluation()
    {
        using var folder = new TemporaryFolder();
        var hook = new Progressing();
        new TinyRun(folder.At("run")).Train(TinyRun.Recipe(
            [.. TinyRun.Breakable, ("evaluate.checks", 4), ("evaluate.batchSize", 16)]), hook);
        // Clean, and PGD-3 on what is right of the first 30 images, in blocks of 16; then the checks' attacks on four.
        Assert.Equal([("clean", 0, 40), ("clean", 16, 40), ("clean", 32, 40), ("clean", 40, 40), ("clean", 0, 30),
            ("clean", 16, 30), ("clean", 30, 30)],
            hook.Told.Take(7).Select(told => (told.Attack, told.Done, told.Total)));
        Assert.Contains(hook.Told, told => told.Attack == "pgd-3");
        Assert.Contains(hook.Told, told => told is { Attack: "pgd-100x5", Total: <= 4 });
        // named before its first block, whether or not anything is left for it
        Assert.Equal("square", hook.Told[^1].Attack);
    }

    [Fact]
    public void The_seed_decides_the_weights()
    {
        using var folder = new TemporaryFolder();
        var (first, same, other) = (new TinyRun(folder.At("1")), new TinyRun(folder.At("2")),
            new TinyRun(folder.At("3")));
        first.Train(TinyRun.Recipe());
        same.Train(TinyRun.Recipe());
        other.Train(TinyRun.Recipe(("seed", 1)));
        Assert.True(first.Tensors()["model.safetensors"].AsSpan().SequenceEqual(same.Tensors()["model.safetensors"]));
        Assert.False(first.Tensors()["model.safetensors"].AsSpan().SequenceEqual(other.Tensors()["model.safetensors"]));
    }

    [Fact]
    public void The_number_of_live_tensors_is_flat_over_a_hundred_steps() => LiveTensorsAreFlat(steps: 100);

    [Fact]
    [Trait("duration", "long")]
    public void The_number_of_live_tensors_is_flat_over_two_thousand_steps() => LiveTensorsAreFlat(steps: 2000);

    private static void LiveTensorsAreFlat(int steps)
    {
        using var folder = new TemporaryFolder();
        var census = new Census();
        new TinyRun(folder.At("run")).Train(
            TinyRun.Recipe(
                ("train.epochs", 1000), ("train.maxSteps", steps), ("evaluate.everyEpochs", 1000),
                ("checkpoint.everySteps", null), ("checkpoint.everyEpochs", 1000)),
            census);
        Assert.Equal(steps - 10, census.Counts.Count);
        // Finalisers of earlier tests' tensors may still lower it; a single tensor left behind by a step raises it.
        Assert.Equal(census.Counts[0], census.Counts.Max());
    }

    [Fact]
    public void Attacks_in_bfloat16_train_almost_the_same_network()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(("train.epochs", 6), ("train.attackPrecision", "bfloat16")));
        var final = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<FinalMetrics>().Last();
        Assert.True(final.Test.Robust > 0.9, $"Robust accuracy on stripes is {final.Test.Robust}.");
        using var checkpoint = run.Newest().OpenTensors("model");
        Assert.All(checkpoint.Entries, entry => Assert.Equal(ScalarType.Float32, entry.Dtype));
    }

    [Fact]
    public void Standard_training_reports_clean_accuracy_alone()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(("objective", JsonNode.Parse("""{ "type": "standard" }"""))));
        Assert.All(MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<StepMetrics>(), line =>
            Assert.True(line is { AdversarialAccuracy: null, CleanAccuracy: >= 0 }));
    }

    private sealed class Census : TrainingHook
    {
        public List<long> Counts { get; } = [];

        public override void OnStep(TrainingRun run)
        {
            if (run.Position.Step > 10)
                Counts.Add(Tensor.TotalCount);
        }
    }

    [Fact]
    public void Clipping_changes_the_step_and_not_the_norm_that_is_logged()
    {
        using var folder = new TemporaryFolder();
        var (clipped, free) = (new TinyRun(folder.At("1")), new TinyRun(folder.At("2")));
        clipped.Train(TinyRun.Recipe(("train.maxSteps", 1), ("train.gradientClip", 1e-3)));
        free.Train(TinyRun.Recipe(("train.maxSteps", 1)));
        static double? Norm(TinyRun run) =>
            MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<StepMetrics>().Single().GradientNorm;
        Assert.Equal(Norm(free), Norm(clipped));
        Assert.True(Norm(free) > 1e-3);
        Assert.False(
            free.Tensors()["model.safetensors"].AsSpan().SequenceEqual(clipped.Tensors()["model.safetensors"]));
    }

    private sealed class Progressing : TrainingHook
    {
        public List<EvaluationProgress> Told { get; } = [];

        public override void OnFinalProgress(TrainingRun run, EvaluationProgress progress) => Told.Add(progress);
    }
}
