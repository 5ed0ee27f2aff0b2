using System.Text.Json;
using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Evaluation.Detection;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;
using Trainer.Robustness.Random;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Training;

namespace Trainer.Tests.Poisoning;

/// <summary>Detection methods on matrices whose answer is known.</summary>
public sealed class DetectionTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Spectral_scores_are_squared_projections_on_the_direction_of_most_variance()
    {
        // Along (3, 4) / 5 the rows are at −10, −5, 0, 5 and 10, across it at 1, −1, 0, −1 and 1, uncorrelated.
        double[] along = [-10, -5, 0, 5, 10], across = [1, -1, 0, -1, 1];
        var rows = along.Zip(across, (a, b) => new[] { (3 * a - 4 * b) / 5, (4 * a + 3 * b) / 5 });
        var scores = SpectralSignatures.Scores(tensor(rows.SelectMany(row => row).ToArray()).reshape(5, 2));
        Assert.Equal([100, 25, 0, 25, 100], scores.Select(score => Math.Round(score, 9)));
    }

    [Fact]
    public void Spectral_scores_and_clusters_are_those_of_an_independent_transcription()
    {
        var fixture = Fixture.Read("poison.json");
        var features = tensor(Fixture.Numbers(fixture.GetProperty("features"))).reshape(13, 5);
        var centred = features - features.mean([0L], keepdim: true);
        var expected = Fixture.Numbers(fixture.GetProperty("spectral"));
        foreach (var (one, other) in expected.Zip(SpectralSignatures.Scores(centred)))
            Assert.Equal(one, other, 1e-9);
        foreach (var clusters in fixture.GetProperty("clusters").EnumerateArray())
        {
            var white = ActivationClustering.Whiten(centred, clusters.GetProperty("components").GetInt32());
            var second = clusters.GetProperty("second").EnumerateArray().Select(one => one.GetBoolean()).ToArray();
            var found = TwoMeans.Run(white, RandomKey.Of(1));
            Assert.Equal(second, found[0] == second[0] ? found : [.. found.Select(one => !one)]);
        }
    }

    [Fact]
    public void Whitened_components_are_uncorrelated_with_variance_1_and_those_without_variance_are_gone()
    {
        using var generator = new Generator(3);
        var rows = randn([50, 3], ScalarType.Float64, generator: generator);
        rows = cat([rows, rows.sum(1, keepdim: true)], 1);
        var white = ActivationClustering.Whiten(rows - rows.mean([0L], keepdim: true), 10);
        TensorAssert.Close(eye(3, dtype: ScalarType.Float64), white.t().mm(white) / 50, 1e-9);
    }

    [Fact]
    public void The_entropy_of_equal_logits_is_that_of_the_uniform_distribution()
    {
        var entropies = Strip.Entropy(tensor(new float[] { 2, 2, 2, 2, 0, 0, 0, 1000 }).reshape(2, 4));
        Assert.Equal(Math.Log(4), entropies[0].item<double>(), 1e-12);
        Assert.Equal(0, entropies[1].item<double>(), 1e-12);
    }

    [Fact]
    public void Strip_judges_by_the_mean_entropies_of_an_independent_transcription()
    {
        var fixture = Fixture.Read("poison.json").GetProperty("strip");
        var (weight, bias) = (Fixture.Numbers(fixture.GetProperty("weight")), fixture.GetProperty("bias"));
        using var network = new TinyNetwork(
            new float[3, 4], Array.ConvertAll(Fixture.Numbers(bias), number => (float)number));
        using (no_grad())
            network.parameters().First().copy_(tensor(weight).reshape(3, 4));
        using var classifier = network.Classifier;
        using var data = new DataSplits(
            Images(fixture.GetProperty("trained")), Images(fixture.GetProperty("held")),
            Images(fixture.GetProperty("held")), "data");
        using var training = new InspectedTraining(classifier, data, RandomKey.Of(5), 2);
        var found = new Strip(overlays: 3, falsePositives: 0.5).Run(training);
        // Which held-out images are added, and which five give the bound, the third lowest of them.
        var order = Permutation.Of(RandomKey.Of(5).With("strip"), 8);
        double[] Means(string name) => [.. fixture.GetProperty(name).EnumerateArray().Select(Fixture.Numbers)
            .Select(entropies => order[..3].Average(overlay => entropies[overlay]))];
        var (all, held) = (Means("entropies"), Means("heldEntropies"));
        var bound = order[3..].Select(place => held[place]).Order().ElementAt(2);
        foreach (var (entropy, score) in all.Zip(found.Scores))
            Assert.Equal(-entropy, score, 1e-5);
        Assert.Equal(all.Select(entropy => entropy < bound), found.Suspicious);
        Assert.Equal([false, true], found.Suspicious.Distinct().Order());

        static ImageData Images(JsonElement rows)
        {
            var bytes = Array.ConvertAll(Fixture.Numbers(rows), number => (byte)number);
            return new(
                tensor(bytes).reshape(-1, 1, 2, 2).DetachFromDisposeScope(),
                zeros(rows.GetArrayLength(), ScalarType.Int64).DetachFromDisposeScope(), ["a", "b", "c"]);
        }
    }

    [Theory]
    [InlineData(new[] { 4.0, 3, 2, 1 }, new[] { true, true, false, false }, 1.0)]
    [InlineData(new[] { 4.0, 3, 2, 1 }, new[] { true, false, true, false }, 0.75)]
    [InlineData(new[] { 1.0, 1, 1, 1 }, new[] { true, false, true, false }, 0.5)]
    [InlineData(new[] { 1.0, 2, 2, 3 }, new[] { true, true, false, false }, 0.125)]
    public void The_area_is_the_share_of_pairs_in_the_right_order(double[] scores, bool[] positive, double expected) =>
        Assert.Equal(expected, RankedScores.Auc(scores, positive));

    [Fact]
    public void Scores_of_two_classes_are_compared_within_each()
    {
        // Pairs of class 0: 8 > 7. Of class 1: 2 > 1 and 2 < 3, and 9 > 1 and 9 > 3.
        double[] scores = [8, 7, 2, 1, 3, 9, 100];
        bool[] positive = [true, false, true, false, false, true, false];
        Assert.Equal(0.8, RankedScores.Auc(scores, positive, [0, 0, 1, 1, 1, 1, 2])!.Value, 1e-12);
        Assert.Null(RankedScores.Auc(scores, positive, [0, 1, 2, 3, 4, 5, 6]));
    }

    [Fact]
    public void Noise_rows_are_clean_rows_of_the_truth()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["train", "test"])
            SafetensorsWriter.Write(
                folder.At(name), [("images", (arange(100 * 16, ScalarType.Int64) % 251).to(ScalarType.Byte)
                    .reshape(100, 1, 4, 4)), ("labels", arange(100, ScalarType.Int64) % 2)],
                new Dictionary<string, string>());
        using var data = new SafetensorsDataSet
        {
            Train = folder.At("train"),
            Test = folder.At("test"),
            Classes = 2,
            Validation = 20,
            Poison = new WaNet { Target = 0, Rate = 0.1, Grid = 3 },
        }.Load([]);
        using var network = new TinyNetwork(new float[2, 16]);
        using var classifier = network.Classifier;
        // Nine tenths of each class are suspicious.
        var report = new Inspector(classifier, data, 1, 50).Run(
            new() { Methods = [DetectionMethod.Spectral], Rate = 0.6 }, "weights", _ => { });
        var triggered = data.Poisoned!.Rows.Where(row => !row.IsNoise).Select(row => row.Row).ToHashSet();
        var noise = data.Poisoned.Rows.Where(row => row.IsNoise).Select(row => row.Row).ToHashSet();
        Assert.Equal((8, 16, 8), (triggered.Count, noise.Count, report.Poisoned));
        Assert.Contains(
            "Poisons 8 of the 80 training images and changes 16 noise rows, which keep their labels", data.Notes);
        var method = report.Methods[0];
        var rows = method.Suspicious.Select(one => one.Row).ToHashSet();
        Assert.True(rows.Overlaps(noise) && rows.Overlaps(triggered));
        Assert.All(method.Suspicious, one => Assert.Equal(triggered.Contains(one.Row), one.IsPoisoned));
        var caught = rows.Intersect(triggered).Count();
        Assert.Equal((double)caught / rows.Count, method.Precision);
        Assert.Equal(caught / 8.0, method.Recall);
        Assert.Equal((rows.Count - caught) / 72.0, method.FalsePositiveRate);
    }

    [Fact]
    public void Unknown_training_rows_are_refused()
    {
        using var data = new SyntheticImages().Load([]); // Tells no rows.
        using var network = new TinyNetwork(new float[2, 64]);
        using var classifier = network.Classifier;
        var fault = Assert.Throws<TrainerException>(() =>
            new Inspector(classifier, data, 1, 50).Run(new(), "weights", _ => { }));
        Assert.Equal(ErrorKind.Data, fault.Kind);
        Assert.Contains("The data source of 'weights' does not say which rows", fault.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_outside_its_range_and_an_unknown_method_are_refused()
    {
        var usual = new InspectionOptions();
        (string Name, Func<InspectionOptions> Make)[] faulty =
        [
            .. new[] { 0.0, 1 }.Select(share => (
                nameof(usual.Rate), (Func<InspectionOptions>)(() => usual with { Rate = share }))),
            .. new[] { 0.0, 1 }.Select(share => (
                nameof(usual.FalsePositives),
                (Func<InspectionOptions>)(() => new InspectionOptions { FalsePositives = share }))),
            (nameof(usual.Overlays), () => usual with { Overlays = 0 }),
        ];
        Assert.All(faulty, item => Assert.Equal(
            item.Name, Assert.Throws<ArgumentOutOfRangeException>(item.Make).ParamName));
        var unknown = new InspectionOptions { Methods = [(DetectionMethod)99] };
        Assert.Equal(
            "Methods", Assert.Throws<ArgumentOutOfRangeException>(() => unknown.Detectors.ToList()).ParamName);
        Assert.Equal(["spectral", "clustering", "strip"], usual.Detectors.Select(detector => detector.Name));
    }

    [Fact]
    public void Without_both_kinds_there_is_no_area() => Assert.Null(RankedScores.Auc([1, 2], [true, true]));
}
