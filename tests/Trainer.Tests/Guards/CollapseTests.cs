using System.Text.Json.Nodes;
using Serilog.Core;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
using Trainer.Engine.Metrics;
using Trainer.Engine.Signals;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Collapse;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Guards;

public sealed class CollapseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Weights_that_are_not_finite_stop_the_run_and_reach_no_checkpoint()
    {
        var run = new TinyRun(folder.At("run"));
        var message = Stops(run, null, ("optimizer.learningRate", 1e30));
        Assert.Equal(
            "Training has collapsed. A weight after step 2 is not a finite number. Lower optimizer.learningRate, "
            + "or set train.gradientClip. The checkpoints before stay. Start again with guard.onCollapse rollback, "
            + "or with another recipe and --run.", message);
        Assert.Empty(Directory.GetDirectories(run.Folder, "0*"));
    }

    [Fact]
    public void Weights_that_are_not_finite_after_an_epochs_last_step_are_not_attacked()
    {
        var message = Stops(new(folder.At("run")), new Scripted((_, _) => (0.9, 0.8), spoilAt: (0, 6)), ("threat", JsonNode.Parse("""{ "norm": "l2", "epsilon": 0.5 }""")), ("checkpoint.everySteps", null));
        Assert.StartsWith(
            "Training has collapsed. A weight after step 6 is not a finite number.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Running_statistics_that_are_not_finite_stop_the_run_and_reach_no_checkpoint()
    {
        var run = new TinyRun(folder.At("run"));
        var message = Stops(run, new SpoiltStatistics(3), ("model", JsonNode.Parse("""{ "type": "conv-small-bn" }""")));
        Assert.StartsWith(
            "Training has collapsed. A running statistic of batch norm after step 4 is not a finite number.", message,
            StringComparison.Ordinal);
        Assert.Equal(2, run.Newest().State.GlobalStep);
    }

    [Fact]
    public void Ignore_does_not_hold_for_a_loss_that_is_not_finite()
    {
        var message = Stops(
            new(folder.At("run")), null, ("optimizer.learningRate", 1e30), ("guard", Guard("ignore")),
            ("checkpoint.everySteps", null));
        Assert.StartsWith(
            "Training has collapsed. The loss at step 4 is not a finite number.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_roll_back_begins_again_with_a_lower_learning_rate_and_other_random_numbers()
    {
        var log = new LogLines();
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        run.Train(TinyRun.Recipe(("optimizer.learningRate", 1e30), ("guard", Guard("rollback", factor: 5e-32))),
            new Scripted((_, _) => (0.9, 0.8)));
        Assert.Equal(1, run.Newest().State.Attempt);
        var rates = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<StepMetrics>()
            .Select(line => line.LearningRate);
        Assert.All(rates, rate => Assert.InRange(rate, 0, 0.051));
        Assert.StartsWith(
            "A weight after step 2 is not a finite number. Rolled back to step 0 (000001-step-000000000); "
            + "attempt 1 has", Assert.Single(log.Warnings), StringComparison.Ordinal);

        var plain = new TinyRun(folder.At("plain"));
        plain.Train(TinyRun.Recipe(("optimizer.learningRate", 0.05)));
        Assert.False(plain.Tensors()["model.safetensors"].AsSpan().SequenceEqual(run.Tensors()["model.safetensors"]));
    }

    [Fact]
    public void The_last_roll_back_is_followed_by_a_stop()
    {
        var message = Stops(
            new(folder.At("run")), null, ("optimizer.learningRate", 1e30),
            ("guard", Guard("rollback", most: 2, factor: 1)));
        Assert.Contains(
            "The run was rolled back 2 times (guard.maxRollbacks), so it stops.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 7)]
    [InlineData(0, 12)]
    [InlineData(1, 7)]
    [InlineData(1, 11)]
    [InlineData(1, 17)]
    public void A_crash_before_or_after_a_roll_back_changes_no_byte(int attempt, long step)
    {
        // Robust accuracy falls in the second epoch of the first attempt, and the run goes back to the end of its
        // first.
        static (double, double) Script(int attempt, int epoch) =>
            (0.9, attempt == 0 && epoch == 1 ? 0.2 : 0.7 + 0.01 * epoch);
        var recipe = TinyRun.Recipe(("train.epochs", 3), ("guard", Guard("rollback")));
        var (whole, broken) = (new TinyRun(folder.At("whole")), new TinyRun(folder.At("broken")));
        var hook = new Scripted(Script);
        whole.Train(recipe, hook);
        Assert.Equal(1, hook.Rollbacks);
        Assert.Throws<CrashException>(() => broken.Train(recipe, new Scripted(Script, (attempt, step))));
        broken.Train(recipe, new Scripted(Script));

        Assert.Equal((1, 18L), (broken.Newest().State.Attempt, broken.Newest().State.GlobalStep));
        foreach (var (name, bytes) in whole.Tensors())
            Assert.True(bytes.AsSpan().SequenceEqual(broken.Tensors()[name]), $"{name} differs.");
        Assert.Equal(whole.Metrics(), broken.Metrics());
        Assert.Equal(
            [1, 2, 3], MetricsFile.Read(Path.Combine(whole.Folder, "metrics.jsonl")).OfType<EpochMetrics>()
            .Select(line => line.Epoch));
        Assert.Equal(4, File.ReadLines(Path.Combine(whole.Folder, "epochs.csv")).Count());
    }

    [Fact]
    public void Robust_accuracy_that_falls_while_training_looks_better_stops_the_run_before_the_epochs_save()
    {
        var run = new TinyRun(folder.At("run"));
        var message = Stops(
            run, new Scripted((_, epoch) => (0.9, epoch == 1 ? 0.3 : 0.7)), ("train.epochs", 3),
            ("checkpoint.everySteps", null));
        Assert.StartsWith(
            "Training has collapsed. Robust accuracy under scripted (linf 0.1) on held-out images fell from 70.0 % to "
            + "30.0 % (300 of 1,000 images), while accuracy on training's adversarial images rose from ", message,
            StringComparison.Ordinal);
        Assert.Equal(6, run.Newest().State.GlobalStep);
    }

    [Fact]
    public void Robust_accuracy_may_fall_where_training_has_no_adversary()
    {
        var outcome = new TinyRun(folder.At("run")).Train(
            TinyRun.Recipe(("guard", Guard("stop")), ("objective", JsonNode.Parse("""{ "type": "standard" }"""))), new Scripted((_, epoch) => (0.9, epoch == 1 ? 0.1 : 0.7)));
        Assert.Equal(0, outcome.ExitCode);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("rollback")]
    public void A_run_that_never_gets_better_than_guessing_says_so_and_fails(string action)
    {
        var message = Stops(new(folder.At("run")), new Scripted((_, _) => (0.5, 0.5)), ("guard", Guard(action)));
        Assert.StartsWith(
            "Training has collapsed. Clean accuracy after step 12 is 50.0 % (500 of 1,000 images), "
            + "no better than guessing (50.0 %, the share of the most frequent class among the training images), "
            + "in 2 measurements in a row: the network has learnt nothing. The guard's threshold is 500 of 1,000 "
            + "images correct, at or below which an exact binomial test at level 0.1 % rejects an accuracy of 60.0 % "
            + "(10 points above guessing). ", message, StringComparison.Ordinal);
    }

    // Five measurements of six steps each; and a tenth of the run.
    [Theory]
    [InlineData(40, 30)]
    [InlineData(100, 60)]
    public void A_long_run_is_not_let_to_its_end_at_chance_level(int epochs, int step)
    {
        var message = Stops(new(folder.At("run")), new Scripted((_, _) => (0.5, 0.5)), ("train.epochs", epochs));
        Assert.Contains($"after step {step} is 50.0 %", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN, CollapseKind.NotFinite, "The loss at step 12 is not a finite number.")]
    [InlineData(double.PositiveInfinity, CollapseKind.NotFinite, "The loss at step 12 is not a finite number.")]
    [InlineData(100 * 1e6, CollapseKind.NeverLearnt,
        "training images): training has diverged, to a mean loss of 1E+06 in the last epoch.")]
    [InlineData(100 * 0.7, CollapseKind.NeverLearnt, "training images): the network has learnt nothing.")]
    public void A_run_that_has_diverged_is_not_said_to_have_learnt_nothing(
        double loss, CollapseKind kind, string message)
    {
        var recipe = TinyRun.Recipe().Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        (run.Position.Step, run.Position.Epoch) = (12, 2);
        var seen = new CollapseGuard(new(), run.Data.Train)
            .AfterEpoch(run.Progress, Trained(0.5) with { Loss = loss }, new(1000, 0.5, 0.5, "scripted"));
        Assert.Equal(kind, seen?.Kind);
        Assert.Contains(message, seen!.Saw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.7, 0.3, 0.6, true)]
    [InlineData(0.7, 0.36, 0.6, false)] // still above half
    [InlineData(0.16, 0.07, 0.6, false)] // nine points
    [InlineData(0.7, 0.3, 0.5, false)] // training's own accuracy did not rise
    public void Catastrophic_overfitting_is_a_fall_below_half_and_by_ten_points_while_training_looks_better(
        double best, double robust, double adversarial, bool collapse)
    {
        var recipe = TinyRun.Recipe().Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        var guard = new CollapseGuard(new(), run.Data.Train);
        Assert.Null(guard.AfterEpoch(run.Progress, Trained(0.5), new(1000, 0.9, best, "scripted")));
        Assert.Equal(
            collapse ? CollapseKind.CatastrophicOverfitting
            : null, guard.AfterEpoch(run.Progress, Trained(adversarial), new(1000, 0.9, robust, "scripted"))?.Kind);
    }

    [Theory]
    [InlineData(0.8, 0.6, 0.05, 0, true)]
    [InlineData(0.8, 0.6, 0.06, 0, false)] // a tenth
    [InlineData(0.8, 0.42, 0.03, 0, false)] // 39 points
    [InlineData(0.44, 0.6, 0.05, 0, false)] // training images are simply known better
    [InlineData(0.8, 0.6, 0.05, 0.9, false)] // ε warms up
    public void Catastrophic_overfitting_is_seen_though_no_epoch_before_was_robust(
        double clean, double adversarial, double robust, double warmup, bool collapse)
    {
        var recipe = TinyRun.Recipe(("train.epsilonWarmupEpochs", warmup)).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        run.Position.Epoch = 1;
        var seen = new CollapseGuard(new(), run.Data.Train)
            .AfterEpoch(run.Progress, Trained(adversarial), new(1000, clean, robust, "scripted"));
        Assert.Equal(collapse ? CollapseKind.CatastrophicOverfitting : null, seen?.Kind);
        if (collapse)
            Assert.Equal(
                "Robust accuracy under scripted (linf 0.1) on held-out images is 5.0 % (50 of 1,000 images), "
                + "where training's own adversarial images are classified correctly to 60.0 %: "
                + "catastrophic overfitting to training's attack, or an attack that is far too weak. "
                + "The guard's threshold is 59 of 1,000 images correct, at or below which an exact binomial test at "
                + "level 0.1 % rejects an accuracy of 15.0 % (a quarter of the accuracy on training's adversarial "
                + "images).", seen!.Saw);
    }

    [Fact]
    public void Where_clean_statistics_are_evaluated_training_s_adversary_is_no_measure()
    {
        var recipe = TinyRun.Recipe(("model", JsonNode.Parse("""{ "type": "conv-small-bn" }""")), ("batchNorm", JsonNode.Parse("""{ "sets": 2, "evaluate": "clean" }"""))).Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        run.Position.Epoch = 1;
        Assert.Null(new CollapseGuard(new(), run.Data.Train)
            .AfterEpoch(run.Progress, Trained(0.9), new(1000, 0.9, 0.01, "scripted")));
    }

    [Fact]
    public void Catastrophic_overfitting_is_not_answered_by_going_back_to_what_nobody_measured()
    {
        var run = new TinyRun(folder.At("run"));
        var message = Stops(
            run, new Scripted((_, _) => (0.9, 0.01)), ("guard", Guard("rollback")), ("optimizer.learningRate", 0.5),
            ("train.epochs", 6), ("evaluate.everyEpochs", 6));
        Assert.Contains(
            "No sound checkpoint before has been measured, so none is known to be better: "
            + "measure more often (evaluate.everyEpochs).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_not_finite_go_back_to_the_newest_checkpoint_and_not_to_the_best()
    {
        var log = new LogLines();
        // NaN everywhere in the flat buffer, also between the tensors, as after a gradient norm that was not finite.
        new TinyRun(folder.At("run")) { Log = log.Logger }.Train(
            TinyRun.Recipe(("train.epochs", 3), ("guard", Guard("rollback"))),
            new Scripted((_, epoch) => (0.9, epoch == 0 ? 0.6 : 0.5), spoilAt: (0, 15)));
        Assert.Contains("Rolled back to step 14 (", Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Ignore_goes_on_at_chance_level_and_says_so()
    {
        var log = new LogLines();
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        Assert.Equal(
            0, run.Train(TinyRun.Recipe(("guard", Guard("ignore"))), new Scripted((_, _) => (0.5, 0.5))).ExitCode);
        Assert.EndsWith(
            "Training continues (guard.onCollapse ignore).", Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_cut_short_within_its_first_epoch_is_not_judged() =>
        Assert.Equal(0, new TinyRun(folder.At("run")).Train(TinyRun.Recipe(
        ("train.maxSteps", 3), ("guard", Guard("stop"))), new Scripted((_, _) => (0.5, 0.5))).ExitCode);

    [Fact]
    public void A_classifier_that_forgets_what_it_had_learnt_goes_back_to_its_best()
    {
        var log = new LogLines();
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        run.Train(
            TinyRun.Recipe(("train.epochs", 4), ("guard", Guard("rollback", factor: 0.1))),
            new Scripted((attempt, epoch) => (attempt == 0 && epoch == 2 ? 0.5 : 0.9, epoch == 0 ? 0.6 : 0.5)));
        Assert.Contains(
            "Clean accuracy after step 18 is 50.0 % (500 of 1,000 images), no better than guessing (50.0 %, "
            + "the share of the most frequent class among the training images); it had been 90.0 %. "
            + "The guard's threshold is 500 of 1,000 images correct, at or below which an exact binomial test at level "
            + "0.1 % rejects an accuracy of 60.0 % (10 points above guessing). Rolled back to step 6 (",
            Assert.Single(log.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, run.Newest().State.Attempt);
    }

    [Fact]
    public void A_roll_back_that_cannot_be_saved_cuts_no_figures_and_is_done_by_the_next_start()
    {
        // Robust accuracy is best in the first epoch; the second has a save of its own, which is the newest when all is
        // forgotten.
        var recipe = TinyRun.Recipe(("train.epochs", 4), ("guard", Guard("rollback")), ("checkpoint.everySteps", null));
        static (double, double) Script(int attempt, int epoch) =>
            (attempt == 0 && epoch == 2 ? 0.5 : 0.9, epoch == 0 ? 0.6 : 0.5);
        var (whole, broken) = (new TinyRun(folder.At("whole")), new TinyRun(folder.At("broken")));
        whole.Train(recipe, new Scripted(Script));

        // The fourth save, the one of the roll-back: beginning, two epochs and then this.
        var obstacle = Path.Combine(broken.Folder, ".tmp-000004-step-000000006");
        Directory.CreateDirectory(broken.Folder);
        var exception = Assert.Throws<TrainerException>(() => broken.Train(recipe, new Scripted((attempt, epoch) =>
        {
            if (epoch == 2)
                File.WriteAllText(obstacle, "");
            return Script(attempt, epoch);
        })));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.StartsWith("The save at step 6 failed: ", exception.Message, StringComparison.Ordinal);
        File.Delete(obstacle);
        broken.Train(recipe, new Scripted(Script));
        Assert.Equal(whole.Tensors()["model.safetensors"], broken.Tensors()["model.safetensors"]);
        Assert.Equal(whole.Metrics(), broken.Metrics());
    }

    [Fact]
    public void A_signal_when_weights_are_not_finite_is_not_said_to_have_saved_them()
    {
        var recipe = TinyRun.Recipe(
            ("guard", Guard("stop")), ("checkpoint.everySteps", null), ("logging.everySteps", 100));
        using var run = new TrainingRun(recipe.Value, recipe.Value.Data.Load([]), CPU);
        var runFolder = RunFolder.In(folder.Path);
        using var journal = new RunJournal(runFolder, 0, _ => { });
        var store = new CheckpointStore(folder.Path, new(), _ => { });
        using var saver = new CheckpointSaver(store, _ => { });
        var saves = new SaveSchedule(
            run, run.Parts, journal, saver, new(
            [], recipe.Hash, "", "", new Dictionary<string, string>(), "cpu", 1, AttackPrecision.Float32));
        using var stop = new StopRequests();
        var loop = new TrainingLoop(
            run, [new Scripted((_, _) => (0.9, 0.8), spoilAt: (0, 3)), new SignalAfter(3, stop)], saves,
            new(run, run.Parts, store, saves, _ => { }, _ => { }),
            new(run, store, _ => { }, runFolder, Logger.None), stop);
        var exception = Assert.Throws<TrainerException>(() => loop.Run());
        Assert.StartsWith(
            "Training has collapsed. A weight after step 3 is not a finite number.", exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_from_before_the_guard_is_one_that_has_seen_nothing()
    {
        using var data = new SyntheticImages().Load([]);
        var guard = new CollapseGuard(new() { LearningRateFactor = 0.5 }, data.Train);
        guard.Load(JsonNode.Parse("""{ "Rollbacks": 2, "AtChance": 1, "BestClean": 0.5, "BestRobust": 0.4, "AdversarialAtBest": null }"""));
        Assert.Equal((2, 0.25), (guard.Rollbacks, guard.LearningRateScale));
        guard.Load(null);
        Assert.Equal((0, 1.0), (guard.Rollbacks, guard.LearningRateScale));
    }

    private sealed class SpoiltStatistics(long step) : TrainingHook
    {
        public override void OnStep(TrainingRun run)
        {
            if (run.Position.Step == step)
                run.Model.Buffers.Statistics.fill_(float.NaN);
        }
    }

    private sealed class SignalAfter(long step, StopRequests stop) : TrainingHook
    {
        public override void OnStep(TrainingRun run)
        {
            if (run.Position.Step == step)
                stop.Take(StopSignal.Terminate);
        }
    }

    /// <summary>An epoch's figures with some accuracy on training's adversarial images.</summary>
    private static StepTotals Trained(double adversarial) => new(100, 1, 0, 100, 1, 0, 100 * adversarial, 1);

    private static JsonObject Guard(string action, int most = 1, double factor = 0.5) =>
        new() { ["onCollapse"] = action, ["maxRollbacks"] = most, ["learningRateFactor"] = factor };

    private static string Stops(TinyRun run, TrainingHook? hook, params (string, JsonNode?)[] changes)
    {
        var exception = Assert.Throws<TrainerException>(() => run.Train(TinyRun.Recipe([("guard", Guard("stop")),
            .. changes]), hook));
        Assert.Equal(ErrorKind.Other, exception.Kind);
        return exception.Message;
    }
}
