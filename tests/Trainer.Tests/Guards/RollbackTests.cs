using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Training;
using static Trainer.Tests.Guards.CollapseTests;

namespace Trainer.Tests.Guards;

/// <summary>What a run goes back to after a collapse.</summary>
/// <param name="whole">A run that is rolled back once.</param>
public sealed class RollbackTests(RollbackTests.WholeRun whole) : IClassFixture<RollbackTests.WholeRun>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

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
        var broken = new TinyRun(folder.At("broken"));
        Assert.Throws<CrashException>(
            () => broken.Train(WholeRun.Recipe, new Scripted(WholeRun.Script, (attempt, step))));
        broken.Train(WholeRun.Recipe, new Scripted(WholeRun.Script));

        Assert.Equal((1, 18L), (broken.Newest().State.Attempt, broken.Newest().State.GlobalStep));
        foreach (var (name, bytes) in whole.Run.Tensors())
            Assert.True(bytes.AsSpan().SequenceEqual(broken.Tensors()[name]), $"{name} differs.");
        Assert.Equal(whole.Run.Metrics(), broken.Metrics());
    }

    [Fact]
    public void Metrics_have_each_epoch_once_after_a_roll_back()
    {
        Assert.Equal(1, whole.Rollbacks);
        Assert.Equal(
            [1, 2, 3], MetricsFile.Read(Path.Combine(whole.Run.Folder, "metrics.jsonl")).OfType<EpochMetrics>()
            .Select(line => line.Epoch));
        Assert.Equal(4, File.ReadLines(Path.Combine(whole.Run.Folder, "epochs.csv")).Count());
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
    public void A_roll_back_that_cannot_be_saved_cuts_no_metrics_and_is_done_by_the_next_start()
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

    /// <summary>A run that is rolled back once and that nothing else interrupts.</summary>
    public sealed class WholeRun : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public WholeRun()
        {
            Run = new(folder.At("whole"));
            var hook = new Scripted(Script);
            Run.Train(Recipe, hook);
            Rollbacks = hook.Rollbacks;
        }

        internal static ResolvedRecipe<Recipe> Recipe { get; } =
            TinyRun.Recipe(("train.epochs", 3), ("guard", Guard("rollback")));

        internal TinyRun Run { get; }

        internal int Rollbacks { get; }

        public void Dispose() => folder.Dispose();

        /// <summary>
        /// Robust accuracy falls in the second epoch of the first attempt, and the run goes back to the end of its
        /// first.
        /// </summary>
        internal static (double Clean, double Robust) Script(int attempt, int epoch) =>
            (0.9, attempt == 0 && epoch == 1 ? 0.2 : 0.7 + 0.01 * epoch);
    }
}
