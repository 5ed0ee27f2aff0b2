using System.Text.Json;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Random;
using Trainer.Robustness.Smoothing;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Objectives;

namespace Trainer.Tests.Smoothing;

/// <summary>Votes, certificates and predictions as make_smoothing_fixture.py has them, with the same noise.</summary>
public sealed class SmoothedFixtureTests
{
    private static readonly JsonElement Expected = Fixture.Read("smoothing.json");

    [Fact]
    public void The_key_is_mixed_as_documented() => Assert.Equal(
        Expected.GetProperty("key").GetInt64(), RandomKey.Of(3).With("certify").Seed);

    [Theory]
    [InlineData(0, 1000, 0.001)]
    [InlineData(1, 250, 0.05)]
    public void Votes_radii_and_predictions_are_those_of_the_published_procedure(int first, int n, double alpha)
    {
        using var scope = NewDisposeScope();
        using var network = new TwoLayerNetwork(Expected.GetProperty("weights"));
        var options = new SmoothingOptions { Sigma = Expected.GetProperty("sigma").GetDouble(), N = n, Alpha = alpha };
        var smoothed = new SmoothedClassifier(network.Classifier, options);
        var expected = Expected.GetProperty("certified").EnumerateArray().Where((_, at) => at % 2 == first).ToList();
        var images = tensor(Fixture.Numbers(Expected.GetProperty("images"))).to(ScalarType.Float32)
            .reshape(expected.Count, 1, 1, -1);
        long[] indices = [.. expected.Select(one => one.GetProperty("index").GetInt64())];

        var certified = smoothed.Certify(images, indices, RandomKey.Of(3));
        var predicted = smoothed.Predict(images, indices, RandomKey.Of(3), n);

        foreach (var (row, one) in expected.Index())
        {
            Assert.Equal(one.GetProperty("selected").GetInt32(), certified[row].Selected);
            Assert.Equal(
                Fixture.Numbers(one.GetProperty("votes")), certified[row].Votes.Counts.Select(Convert.ToDouble));
            Assert.Equal(Number(one, "predicted"), predicted[row]);
            if (Number(one, "radius") is not { } radius)
                Assert.Null(certified[row].Class);
            else
                Assert.Equal(radius, certified[row].Radius!.Value, 1e-9);
        }
        Assert.Contains(certified, certificate => certificate.Class is null);
    }

    [Fact]
    public void Bounds_and_p_values_are_SciPys()
    {
        foreach (var row in Expected.GetProperty("clopperPearson").EnumerateArray().Select(Fixture.Numbers))
        {
            var bound = ClopperPearson.Lower((long)row[0], (long)row[1], row[2]);
            Assert.Equal(row[3], bound, 1e-11);
        }
        foreach (var row in Expected.GetProperty("binomial").EnumerateArray().Select(Fixture.Numbers))
            Assert.Equal(1, Binomial.TwoSidedEqual((long)row[0], (long)row[1]) / row[2], 1e-9);
    }

    private static double? Number(JsonElement one, string name) =>
        one.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;
}
