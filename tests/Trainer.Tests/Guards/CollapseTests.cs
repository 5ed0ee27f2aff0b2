using System.Text.Json.Nodes;
using Serilog.Core;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Devices;
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
            + "or set train.gradientClip. Earlier checkpoints are kept. Start again with guard.onCollapse rollback, "
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Running_statistics_that_are_not_finite_stop_the_run_and_reach_no_checkpoint(bool auxiliary)
    {
        var run = new TinyRun(folder.At("run"));
        var message = Stops(
            run, new SpoiltStatistics(3, auxiliary), ("model", JsonNode.Parse("""{ "type": "conv-small-bn" }""")),
            ("batchNorm", JsonNode.Parse($$"""{ "sets": {{(auxiliary ? 2 : 1)}} }""")),
            ("objective.mix", JsonNode.Parse("""{ "cleanFraction": 0.5 }""")));
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

    [Theory]
    [InlineData("stop")]
    [InlineData("rollback")]
    public void A_run_that_never_gets_better_than_guessing_reports_it_and_fails(string action)
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
    public void A_run_that_has_diverged_is_not_reported_as_one_that_has_learnt_nothing(
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

    [Fact]
    public void Ignore_continues_at_chance_level_with_a_warning()
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
    public void A_signal_when_weights_are_not_finite_does_not_report_a_save()
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
        using var loop = new TrainingLoop(
            run, [new Scripted((_, _) => (0.9, 0.8), spoilAt: (0, 3)), new SignalAfter(3, stop)], saves,
            new(run, run.Parts, store, saves, _ => { }, _ => { }),
            new(run, store, _ => { }, runFolder, Logger.None), new(stop));
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

    private sealed class SpoiltStatistics(long step, bool auxiliary) : TrainingHook
    {
        public override void OnStep(TrainingRun run)
        {
            if (run.Position.Step == step)
                (auxiliary ? run.Model.Auxiliary!.Buffers : run.Model.Buffers).Statistics.fill_(float.NaN);
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

    /// <summary>An epoch's metrics with some accuracy on training's adversarial images.</summary>
    internal static StepTotals Trained(double adversarial) => new(100, 1, 0, 100, 1, 0, 100 * adversarial, 1);

    internal static JsonObject Guard(string action, int most = 1, double factor = 0.5) =>
        new() { ["onCollapse"] = action, ["maxRollbacks"] = most, ["learningRateFactor"] = factor };

    internal static string Stops(TinyRun run, TrainingHook? hook, params (string, JsonNode?)[] changes)
    {
        var exception = Assert.Throws<TrainerException>(() => run.Train(TinyRun.Recipe([("guard", Guard("stop")),
            .. changes]), hook));
        Assert.Equal(ErrorKind.Other, exception.Kind);
        return exception.Message;
    }
}
