using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Engine.Training.Collapse;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Guards;

/// <summary>The guard tells a collapse from a sound network only where the images are enough for it.</summary>
public sealed class SampleSizeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Training's most frequent class, the held-out images and theirs, how many of them are right.
    [Theory]
    [InlineData(0.95, 40, 0.95, 40)] // all right, of a set of which a guess gets 95 %
    [InlineData(0.95, 40, 0.95, 35)] // P(X ≤ 35 | 40, 0.975) = 0.0031
    [InlineData(0.5, 3, 2.0 / 3, 3)]
    [InlineData(0.5, 3, 2.0 / 3, 0)] // P(X ≤ 0 | 3, 0.83) = 0.005
    [InlineData(0.5, 60, 1, 0)] // one class: a network that knows the other one may have none of it
    [InlineData(0.95, 13, 1, 12)]
    [InlineData(1.0 / 3, 60, 1.0 / 3, 20)]
    [InlineData(0.5, 1000, 0.95, 900)] // held-out images unlike training's: nine in ten of both classes
    [InlineData(0.95, 1000, 0.5, 800)]
    [InlineData(0.5, 1000, 0.5, 501)] // above the guess
    public void An_accuracy_that_does_not_tell_learning_from_guessing_is_no_alarm(
        double training, int images, double majority, int correct) =>
        Assert.Null(Judge(training, images, majority, correct));

    [Theory]
    [InlineData(0.95, 40, 0.95, 34)] // P(X ≤ 34 | 40, 0.975) = 0.0005
    [InlineData(1.0 / 3, 60, 1.0 / 3, 13)] // P(X ≤ 13 | 60, 0.433) below 0.001
    [InlineData(0.5, 1000, 0.5, 500)]
    [InlineData(0.1, 1000, 0.118, 118)] // one class for all images, which has more than training's tenth of these
    [InlineData(0.95, 1000, 0.5, 500)] // training's frequent class for all images
    [InlineData(0.5, 1000, 0.95, 50)] // the rare class for all images
    public void An_accuracy_no_better_than_a_guess_is_an_alarm_where_the_images_tell(
        double training, int images, double majority, int correct)
    {
        var seen = Judge(training, images, majority, correct);
        Assert.Equal(CollapseKind.NeverLearnt, seen?.Kind);
        Assert.Contains(
            FormattableString.Invariant($"({correct:N0} of {images:N0} images)"), seen!.Saw, StringComparison.Ordinal);
        Assert.Contains("exact binomial test at level 0.1 %", seen.Saw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.95, 40, 0.95, 34, "(95.0 %, the share of the most frequent class among the 40 held-out images)")]
    [InlineData(0.5, 1000, 0.95, 50,
        " allows in 1,000 images drawn like the training images, whose most frequent class has 50.0 %)")]
    [InlineData(0.95, 40, 0.95, 34, "rejects an accuracy of 97.5 % (halfway from guessing to 100 %).")]
    public void An_alarm_explains_its_threshold(
        double training, int images, double majority, int correct, string source) =>
        Assert.Contains(source, Judge(training, images, majority, correct)!.Saw, StringComparison.Ordinal);

    [Theory]
    [InlineData(60, 0.25, 7, false)] // below half and by more than ten points, which is P(X ≤ 7 | 60, 0.1875) = 0.10
    [InlineData(60, 0.25, 3, false)] // P = 0.0021
    [InlineData(60, 0.25, 2, true)] // P = 0.0004
    [InlineData(20, 0.5, 1, false)] // P(X ≤ 1 | 20, 0.375) = 0.0011
    [InlineData(20, 0.5, 0, true)]
    [InlineData(1000, 0.7, 349, true)] // the limit is half
    [InlineData(1000, 0.7, 350, false)]
    public void A_fall_of_robust_accuracy_is_an_alarm_where_the_images_tell(
        int images, double best, int correct, bool alarm)
    {
        using var run = NewRun();
        var guard = new CollapseGuard(new(), run.Data.Train);
        Assert.Null(guard.AfterEpoch(run.Progress, Trained(0.5), new(images, 0.9, best, "pgd-40")));
        var seen = guard.AfterEpoch(run.Progress, Trained(0.6), new(images, 0.9, (double)correct / images, "pgd-40"));
        Assert.Equal(alarm ? CollapseKind.CatastrophicOverfitting : null, seen?.Kind);
        if (alarm)
            Assert.Contains(
                FormattableString.Invariant($"({correct} of {images:N0} images)"), seen!.Saw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60, 0.6, 2, false)] // P(X ≤ 2 | 60, 0.15) = 0.004
    [InlineData(60, 0.6, 1, true)] // P = 0.0007
    [InlineData(20, 0.9, 0, false)] // P(X ≤ 0 | 20, 0.225) = 0.006
    [InlineData(30, 0.9, 0, true)] // P = 0.0005
    public void Little_robust_accuracy_beside_training_s_is_an_alarm_where_the_images_tell(
        int images, double adversarial, int correct, bool alarm)
    {
        using var run = NewRun();
        run.Position.Epoch = 1;
        var seen = new CollapseGuard(new(), run.Data.Train)
            .AfterEpoch(run.Progress, Trained(adversarial), new(images, 0.9, (double)correct / images, "pgd-40"));
        Assert.Equal(alarm ? CollapseKind.CatastrophicOverfitting : null, seen?.Kind);
    }

    [Fact]
    public void An_evaluation_knows_the_share_of_its_images_most_frequent_class()
    {
        var run = new TinyRun(folder.At("run"));
        var measured = new Measured();
        run.Train(TinyRun.Recipe(("train.epochs", 1), ("evaluate.examples", 24)), measured);
        // The 24 held-out images are of both classes alike.
        Assert.Equal(0.5, measured.Majority);
        Assert.DoesNotContain(
            "ajority", File.ReadAllText(Path.Combine(run.Folder, "metrics.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_best_epoch_that_stops_the_run_is_saved_and_the_same_command_stops_there_again()
    {
        var run = new TinyRun(folder.At("run"));
        static (double, double) Script(int attempt, int epoch) => (0.5, 0.3 + 0.1 * epoch);
        string Stops() =>
            Assert.Throws<TrainerException>(() => run.Train(Recipe("stop"), new Scripted(Script))).Message;
        var message = Stops();
        Assert.EndsWith(
            " To resume without this check, run the same command with --set guard.onCollapse=ignore.", message,
            StringComparison.Ordinal);
        var state = run.Newest().State;
        Assert.Equal(
            (12L, NextAction.Evaluate, 0.4, 12L), (state.GlobalStep, state.Next, state.Score, state.Best!.Step));

        Assert.Equal(message, Stops());
        Assert.Equal(
            [1, 2], MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).OfType<EpochMetrics>()
            .Select(line => line.Epoch));

        Assert.Equal(0, run.Train(Recipe("ignore"), new Scripted(Script)).ExitCode);
        var ignored = new TinyRun(folder.At("ignored"));
        ignored.Train(Recipe("ignore"), new Scripted(Script));
        Assert.Equal(ignored.Tensors()["model.safetensors"], run.Tensors()["model.safetensors"]);
        Assert.Equal(ignored.Metrics(), run.Metrics());
    }

    [Fact]
    public void An_epoch_that_stops_the_run_and_is_not_the_best_is_not_saved()
    {
        var run = new TinyRun(folder.At("run"));
        Assert.Throws<TrainerException>(
            () => run.Train(Recipe("stop"), new Scripted((_, epoch) => (0.5, epoch == 0 ? 0.4 : 0.3))));
        Assert.Equal(6, run.Newest().State.GlobalStep);
    }

    private static ResolvedRecipe<Recipe> Recipe(string action) =>
        TinyRun.Recipe(("guard", new JsonObject { ["onCollapse"] = action }), ("checkpoint.everySteps", null));

    /// <summary>What the guard says at the end of a run.</summary>
    private static DetectedCollapse? Judge(double training, int images, double majority, int correct)
    {
        using var scope = NewDisposeScope();
        using var run = NewRun();
        (run.Position.Epoch, run.Position.Step) = (2, 12);
        var classes = training < 0.5 ? (int)Math.Round(1 / training) : 2;
        var labels = ones(1200, dtype: ScalarType.Int64);
        if (training < 0.5)
            labels.copy_(arange(1200, ScalarType.Int64) % classes);
        else
            labels.narrow(0, 0, (long)Math.Round(1200 * training)).zero_();
        var pixels = zeros(1200, 1, 1, 1, dtype: ScalarType.Byte);
        var guard = new CollapseGuard(new(), new ImageData(
            pixels, labels, [.. Enumerable.Range(0, classes).Select(name => $"{name}")]));
        return guard.AfterEpoch(run.Progress, null, new AccuracyMetrics(images, (double)correct / images, null, null)
        {
            Majority = majority,
        });
    }

    private static TrainingRun NewRun()
    {
        var recipe = TinyRun.Recipe().Value;
        return new(recipe, recipe.Data.Load([]), CPU);
    }

    private static StepTotals Trained(double adversarial) => new(100, 1, 0, 100, 1, 0, 100 * adversarial, 1);

    private sealed class Measured : TrainingHook
    {
        public double? Majority { get; private set; }

        public override void OnEpochEnd(TrainingRun run, EpochMetrics metrics) =>
            Majority = metrics.Validation?.Majority;
    }
}
