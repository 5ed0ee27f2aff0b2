using System.Text.Json.Nodes;
using Trainer.Engine.Metrics;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Tests.Training;

/// <summary>Bounds of held-out images after each epoch: <c>evaluate.verify</c>.</summary>
public sealed class ValidationBoundsTests
{
    private const string Verify = """
        { "examples": 10, "attacks": ["fgsm"], "final": [], "checks": null, "verify": { "examples": 12 } }
        """;

    private const string Pgd = """{ "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } }""";

    [Fact]
    public void Each_epoch_has_verified_accuracy_and_the_largest_is_the_best()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(Recipe("""{ "type": "ibp" }""", ("checkpoint.monitor", "validation.verified"), ("train.epochs", 4),
            ("threat.epsilon", 0.01), ("optimizer.learningRate", 0.1),
            ("model", JsonNode.Parse("""{ "type": "cnn4", "width": 1, "hidden": 16 }"""))));
        var epochs = MetricsFile.Read(folder.At("run", "metrics.jsonl")).OfType<EpochMetrics>().ToList();
        var verified = epochs.Select(epoch => epoch.Validation!.Verified!).ToList();
        Assert.Equal([("ibp", 12), ("ibp", 12), ("ibp", 12), ("ibp", 12)],
            verified.Select(metrics => (metrics.Method, metrics.Share.Examples)));
        // Something is learnt and proved, so that the rest of the test compares what it should.
        Assert.True(verified.Max(metrics => metrics.Share.Value) > 0);
        Assert.Equal(verified.Max(metrics => metrics.Share.Value), run.Newest().State.Best!.Score);
        Assert.Contains("validation.verified.share.value", File.ReadLines(folder.At("run", "epochs.csv")).First(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_images_are_verified_than_withstand_an_attack()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(Recipe(Pgd, ("threat.epsilon", 0.005), ("train.epochs", 2),
            ("evaluate.examples", 30), ("evaluate.verify.examples", 30), ("evaluate.verify.method", "crown")));
        foreach (var epoch in MetricsFile.Read(folder.At("run", "metrics.jsonl")).OfType<EpochMetrics>())
            Assert.InRange(epoch.Validation!.Verified!.Share.Value, 0, epoch.Validation.Robust!.Value);
    }

    [Fact]
    public void A_network_without_bounds_is_refused_before_it_is_trained()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<TrainerException>(() => new TinyRun(folder.At("run")).Train(Recipe(Pgd,
            ("model", JsonNode.Parse("""{ "type": "wide-resnet", "depth": 10, "width": 1, "activation": "silu" }""")))));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
        Assert.Contains("of which no bounds can be computed", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void To_choose_the_best_by_bounds_needs_bounds()
    {
        var error = Assert.Throws<TrainerException>(
            () => TinyRun.Recipe(("checkpoint.monitor", "validation.verified")));
        Assert.Contains("checkpoint.monitor: found \"validation.verified\"", error.Message, StringComparison.Ordinal);
    }

    private static ResolvedRecipe<Recipe> Recipe(string objective, params (string, JsonNode?)[] changes) =>
        TinyRun.Recipe([("evaluate", JsonNode.Parse(Verify)), ("objective", JsonNode.Parse(objective)), .. changes]);
}
