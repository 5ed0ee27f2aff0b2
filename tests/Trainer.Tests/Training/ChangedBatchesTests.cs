using System.Globalization;
using System.Text.Json.Nodes;
using Trainer.Engine.Metrics;
using Trainer.Tests.Guards;

namespace Trainer.Tests.Training;

/// <summary>A run whose recipe is changed on request sees each image of each epoch that it has yet to do.</summary>
public sealed class ChangedBatchesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LogLines log = new();
    private readonly ImageCounts counts = new();

    public void Dispose() => folder.Dispose();

    // 96 images in batches of 20: five steps an epoch, saved at the eighth, which is the third of the second epoch.
    [Theory]
    [InlineData("train.batchSize", "32", 3)]
    [InlineData("train.batchSize", "7", 14)]
    [InlineData("train.lastBatch", "\"merge\"", 4)]
    [InlineData("seed", "5", 5)]
    public void An_epoch_whose_batches_change_starts_again(string path, string value, long steps)
    {
        var run = Crashed(new Crash(9));
        Assert.Equal((8L, 3L), (run.Newest().State.GlobalStep, run.Newest().State.StepInEpoch));
        run.Train(counts.In(TinyRun.Recipe(("train.batchSize", 20), (path, JsonNode.Parse(value)))), allowChange: true);

        Assert.Equal(96, counts.Seen.Count);
        Assert.All(counts.Seen.Values, count => Assert.Equal(1, count));
        Assert.Equal((2, 2 * steps), (run.Newest().State.Epoch, run.Newest().State.GlobalStep));
        Assert.Contains(
            "Epoch 2 starts again because the recipe's batches have changed: "
            + "the weights keep the 3 steps already taken in it, and all of its images are trained on again",
            log.Warnings);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"Step 8 counts as step {steps} from here on, "
            + $"as if every epoch had had {steps} steps: learning rate and ε follow the epochs"), log.Warnings);
    }

    [Fact]
    public void An_epoch_whose_batches_stay_is_continued()
    {
        var run = Crashed(new Crash(9));
        run.Train(counts.In(TinyRun.Recipe(("train.batchSize", 20), ("optimizer.learningRate", 0.01))),
            allowChange: true);
        Assert.Equal(96 - 3 * 20, counts.Seen.Count);
        Assert.Equal(10, run.Newest().State.GlobalStep);
        Assert.DoesNotContain(log.Warnings, warning => warning.Contains("starts again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(11, 1)]
    [InlineData(-1, 2)] // in the first evaluation: saved before it, with every step of the epoch done
    public void Larger_batches_after_an_epoch_leave_the_other_epochs_to_do(long crash, int epochs)
    {
        var run = Crashed(new Crash(crash, Evaluation: crash < 0), ("train.epochs", 3), ("checkpoint.everySteps", 5));
        run.Train(counts.In(TinyRun.Recipe(("train.epochs", 3), ("train.batchSize", 96))), allowChange: true);
        Assert.Equal(96, counts.Seen.Count);
        Assert.All(counts.Seen.Values, count => Assert.Equal(epochs, count));
        Assert.Equal((3, 3L), (run.Newest().State.Epoch, run.Newest().State.GlobalStep));
        Assert.DoesNotContain(log.Warnings, warning => warning.Contains("starts again", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_is_stopped_again_after_the_change_resumes_where_it_was()
    {
        var run = Crashed(new Crash(9));
        var changed = TinyRun.Recipe(("train.batchSize", 32), ("checkpoint.everySteps", null));
        Assert.Throws<CrashException>(() => run.Train(changed, new Crash(5), allowChange: true));
        Assert.Equal((3L, 0L), (run.Newest().State.GlobalStep, run.Newest().State.StepInEpoch));
        // The change is saved: nothing has to be allowed any more, and no image is passed over.
        run.Train(counts.In(changed));
        Assert.Equal(96, counts.Seen.Count);
        Assert.All(counts.Seen.Values, count => Assert.Equal(1, count));
    }

    // Logged at steps 4 and 8 and, in the new batches, at every fourth step.
    [Theory]
    [InlineData(32, "step 1 4, step 1 6, epoch 2 6")]
    [InlineData(7, "step 1 16, step 1 20, step 1 24, step 1 28, epoch 2 28")]
    public void Metrics_have_no_line_of_an_epoch_from_before_it_started_again(int batchSize, string added)
    {
        var run = Crashed(new Crash(9), ("evaluate.final", new JsonArray()));
        Assert.Equal(["step 0 4", "step 0 5", "epoch 1 5", "step 1 8"], Lines(run));
        run.Train(TinyRun.Recipe(("train.batchSize", batchSize), ("evaluate.final", new JsonArray())),
            allowChange: true);
        Assert.Equal(["step 0 4", "step 0 5", "epoch 1 5", .. added.Split(", ")], Lines(run));
        Assert.Equal(3, File.ReadLines(Path.Combine(run.Folder, "epochs.csv")).Count());
    }

    [Fact]
    public void A_crash_between_the_save_and_the_cut_of_the_metrics_leaves_no_line_twice()
    {
        var run = Crashed(new Crash(9), ("evaluate.final", new JsonArray()));
        var former = File.ReadAllBytes(Path.Combine(run.Folder, "metrics.jsonl"));
        var changed = TinyRun.Recipe(
            ("train.batchSize", 32), ("checkpoint.everySteps", null), ("evaluate.final", new JsonArray()));
        Assert.Throws<CrashException>(() => run.Train(changed, new Crash(4), allowChange: true));
        // As if the process had been killed when the save was written.
        File.WriteAllBytes(Path.Combine(run.Folder, "metrics.jsonl"), former);
        run.Train(changed);
        Assert.Equal(["step 0 4", "step 0 5", "epoch 1 5", "step 1 4", "step 1 6", "epoch 2 6"], Lines(run));
    }

    private static List<string> Lines(TinyRun run) =>
        [.. MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).Select(line => line switch
        {
            StepMetrics step => FormattableString.Invariant($"step {step.Epoch} {step.Step}"),
            EpochMetrics epoch => FormattableString.Invariant($"epoch {epoch.Epoch} {epoch.Step}"),
            _ => "final",
        })];

    private TinyRun Crashed(Crash crash, params (string, JsonNode?)[] changes)
    {
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        Assert.Throws<CrashException>(() => run.Train(TinyRun.Recipe([("train.batchSize", 20), .. changes]), crash));
        return run;
    }
}
