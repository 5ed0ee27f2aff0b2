using System.Text.Json.Nodes;
using Trainer.Engine.Metrics;
using Trainer.Recipes;

namespace Trainer.Tests.Training;

/// <summary>Certificates of the smoothed network after each epoch: <c>evaluate.certify</c>.</summary>
public sealed class ValidationCertificatesTests
{
    private const string Certify = """
        { "examples": 10, "attacks": [], "final": [], "checks": null, "certify": { "sigma": 0.25, "n": 200, "examples": 12 } }
        """;

    [Fact]
    public void Each_epoch_has_certified_accuracies_and_the_largest_average_radius_is_the_best()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(Recipe(("checkpoint.monitor", "validation.certified"), ("train.epochs", 3)));
        var certified = MetricsFile.Read(folder.At("run", "metrics.jsonl")).OfType<EpochMetrics>()
            .Select(epoch => epoch.Validation!.Certified!).ToList();
        Assert.Equal([12, 12, 12], certified.Select(metrics => metrics.Examples));
        foreach (var metrics in certified)
        {
            Assert.Equal(0.25, metrics.Sigma);
            Assert.Equal(["0.00", "0.25"], metrics.Accuracy.Keys);
            Assert.InRange(metrics.Accuracy["0.25"], 0, metrics.Accuracy["0.00"]);
            // No radius is larger than the one of 200 votes of 200.
            Assert.InRange(metrics.AverageRadius, 0.25 * metrics.Accuracy["0.25"], 0.46 * metrics.Accuracy["0.00"]);
        }
        // The images are learnt, and with them the smoothed network.
        Assert.True(certified[^1].AverageRadius > certified[0].AverageRadius);
        var best = certified.Select(metrics => metrics.AverageRadius).Max();
        Assert.Equal(best, run.Newest().State.Best!.Score, 1e-12);
        Assert.Contains("validation.certified.averageRadius", File.ReadLines(folder.At("run", "epochs.csv")).First(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void To_choose_the_best_by_certificates_needs_certificates()
    {
        var error = Assert.Throws<TrainerException>(
            () => TinyRun.Recipe(("checkpoint.monitor", "validation.certified")));
        Assert.Contains("checkpoint.monitor: found \"validation.certified\"", error.Message, StringComparison.Ordinal);
    }

    private static ResolvedRecipe<Engine.Training.Recipe> Recipe(params (string, JsonNode?)[] changes) =>
        TinyRun.Recipe([("evaluate", JsonNode.Parse(Certify)),
            ("objective", JsonNode.Parse("""{ "type": "gaussian", "sigma": 0.25 }""")), .. changes]);
}
