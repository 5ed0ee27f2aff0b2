using System.Text.Json.Nodes;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Tests.Training;

namespace Trainer.Tests.Guards;

public sealed class EarlyStoppingTests
{
    private static readonly double[] Rising = [0.5, 0.7, 0.69, 0.7, 0.9, 0.9, 0.9, 0.9];

    [Theory]
    [InlineData(null)]
    [InlineData(14L)]
    [InlineData(23L)]
    public void Training_ends_after_so_many_measurements_without_a_new_best(long? crashAt)
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        var recipe = TinyRun.Recipe(("train.epochs", 8), ("train.earlyStopping", JsonNode.Parse("""{ "patience": 2 }""")));
        static (double, double) Script(int attempt, int epoch) => (0.95, Rising[epoch]);
        if (crashAt is { } step)
            Assert.Throws<CrashException>(() => run.Train(recipe, new Scripted(Script, (0, step))));
        run.Train(recipe, new Scripted(Script));
        var lines = MetricsFile.Read(Path.Combine(run.Folder, "metrics.jsonl")).ToList();
        Assert.Equal([1, 2, 3, 4], lines.OfType<EpochMetrics>().Select(line => line.Epoch));
        Assert.Equal(["best", "last"], lines.OfType<FinalMetrics>().Select(line => line.Checkpoint));
        // The same line again trains no further.
        Assert.Equal(0, run.Train(recipe, new Scripted(Script)).ExitCode);
        Assert.Equal(24, run.Newest().State.GlobalStep);
    }

    [Fact]
    public void A_gain_that_is_too_small_does_not_count()
    {
        var stopping = new EarlyStopping(new() { Patience = 2, MinDelta = 0.01 });
        foreach (var score in (double?[])[0.5, 0.505, null, 0.52, 0.521])
            stopping.Take(score);
        Assert.False(stopping.IsReached);
        stopping.Take(0.529);
        Assert.True(stopping.IsReached);
    }
}
