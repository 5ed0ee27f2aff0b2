using System.Text.Json.Nodes;
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
    public void An_epoch_whose_batches_change_begins_anew(string path, string value, long steps)
    {
        var run = Crashed(new Crash(9));
        Assert.Equal((8L, 3L), (run.Newest().State.GlobalStep, run.Newest().State.StepInEpoch));
        run.Train(counts.In(TinyRun.Recipe(("train.batchSize", 20), (path, JsonNode.Parse(value)))), allowChange: true);

        Assert.Equal(96, counts.Seen.Count);
        Assert.All(counts.Seen.Values, count => Assert.Equal(1, count));
        Assert.Equal((2, 2 * steps), (run.Newest().State.Epoch, run.Newest().State.GlobalStep));
        Assert.Contains("Epoch 2 begins anew, because the recipe's batches have changed: the 3 steps taken in it stay in the weights, and each of its images is seen again", log.Warnings);
        Assert.Contains(FormattableString.Invariant($"Step 8 counts as step {steps} from here on, as if every epoch had had {steps} steps: learning rate and ε follow the epochs"), log.Warnings);
    }

    [Fact]
    public void An_epoch_whose_batches_stay_goes_on()
    {
        var run = Crashed(new Crash(9));
        run.Train(counts.In(TinyRun.Recipe(("train.batchSize", 20), ("optimizer.learningRate", 0.01))), allowChange: true);
        Assert.Equal(96 - 3 * 20, counts.Seen.Count);
        Assert.Equal(10, run.Newest().State.GlobalStep);
        Assert.DoesNotContain(log.Warnings, warning => warning.Contains("begins anew", StringComparison.Ordinal));
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
        Assert.DoesNotContain(log.Warnings, warning => warning.Contains("begins anew", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_is_stopped_again_after_the_change_goes_on_where_it_was()
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

    private TinyRun Crashed(Crash crash, params (string, JsonNode?)[] changes)
    {
        var run = new TinyRun(folder.At("run")) { Log = log.Logger };
        Assert.Throws<CrashException>(() => run.Train(TinyRun.Recipe([("train.batchSize", 20), .. changes]), crash));
        return run;
    }
}
