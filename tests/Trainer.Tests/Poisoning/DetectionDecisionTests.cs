using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Detection;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Poisoning;

/// <summary>
/// Which training images each method takes for poisoned. A linear network's last layer gets the images themselves: of
/// images that differ in one value that is the only feature.
/// </summary>
public sealed class DetectionDecisionTests : IDisposable
{
    private static readonly RandomKey Key = RandomKey.Of(1);
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0.2, new[] { 1, 4, 8 }, new[] { 10, 13, 16, 22, 25, 29 })] // 0.3 · 10 and 0.3 · 20.
    [InlineData(0.1, new[] { 1, 4 }, new[] { 16, 25, 29 })] // 1.5 is rounded to 2.
    [InlineData(0.001, new int[0], new int[0])]
    public void Spectral_takes_one_and_a_half_times_the_share_of_each_class_the_farthest_first(
        double rate, int[] first, int[] second)
    {
        // Class 0 has its outliers at 40, 165 and 170; those of class 1 are as near as other images of class 0.
        byte[] wide = [100, 40, 101, 102, 170, 103, 104, 105, 165, 106];
        byte[] narrow = [45, 50, 50, 56, 50, 50, 43, 50, 50, 50, 50, 50, 55, 50, 50, 59, 50, 50, 50, 58];
        var found = Run(
            new SpectralSignatures(rate), [.. wide, .. narrow],
            [.. wide.Select(_ => 0L), .. narrow.Select(_ => 1L)]);
        Assert.Equal([.. first, .. second], Suspicious(found));
        var mean = wide.Average(value => value / 255.0);
        foreach (var (value, score) in wide.Zip(found.Scores))
            Assert.Equal(Math.Pow((value / 255.0) - mean, 2), score, 1e-6);
    }

    [Fact]
    public void Clustering_takes_the_clusters_that_are_smaller_than_35_percent_of_their_class()
    {
        // Of 20 images 6 are less than 35 %, and 7 are not. Of a class of equal images nothing is said.
        int[] small = [6, 7, 10, 0];
        byte[] values = [.. small.SelectMany((count, label) => Enumerable.Range(0, 20).Select(
            index => (byte)(label == 3 ? 9 : (index < count ? 200 : 50) + index % 3)))];
        var found = Run(new ActivationClustering(), values, [.. values.Select((_, index) => index / 20L)]);
        Assert.Equal([0, 1, 2, 3, 4, 5], Suspicious(found));
        // The share of the class that is not in the cluster: the bound is 65 % for every class.
        double[] expected = [.. small.SelectMany(count => Enumerable.Range(0, 20).Select(
            index => count == 0 ? 0 : index < count ? 1 - count / 20.0 : count / 20.0))];
        Assert.Equal(expected, found.Scores.Select(score => Math.Round(score, 9)));
    }

    [Theory]
    [InlineData(0.1, 2)]
    [InlineData(0.25, 5)]
    public void Strip_takes_what_is_surer_than_all_but_a_share_of_the_held_out_images(double share, int surer)
    {
        // The logits are (20 times the value, 0): whatever is added, the brighter image is the surer one.
        byte[] held = [.. Enumerable.Range(0, 40).Select(place => (byte)(2 * place))];
        byte[] trained = [.. Enumerable.Range(0, 40).Select(place => (byte)(2 * place + 1))];
        var found = Run(new Strip(20, share), trained, new long[40], held);
        // The first 20 of the held-out images are added, the rest gives the bound.
        var bound = Permutation.Of(Key.With("strip"), 40)[20..].Select(place => held[place]).OrderDescending()
            .ElementAt(surer);
        var expected = Enumerable.Range(0, 40).Where(place => trained[place] > bound).ToList();
        Assert.InRange(expected.Count, 1, 20);
        Assert.Equal(expected, Suspicious(found));
        Assert.Equal(found.Scores.Order(), found.Scores);
    }

    private static IEnumerable<int> Suspicious(Detection found) =>
        Enumerable.Range(0, found.Suspicious.Length).Where(place => found.Suspicious[place]);

    /// <summary>Runs a method on images of one value and three zeros.</summary>
    private static Detection Run(IDetector detector, byte[] values, long[] labels, byte[]? held = null)
    {
        using var data = new DataSplits(
            Images(values, labels), Images(held ?? [], new long[held?.Length ?? 0]), Images([0], [0]), "data");
        using var network = new TinyNetwork(new float[,] { { 20, 0, 0, 0 }, { 0, 0, 0, 0 } });
        using var classifier = network.Classifier;
        using var evaluation = classifier.InEvaluationMode();
        using var training = new InspectedTraining(classifier, data, Key, 7);
        return detector.Run(training);
    }

    private static ImageData Images(byte[] values, long[] labels) => new(
        cat([tensor(values).reshape(-1, 1), zeros(values.Length, 3, ScalarType.Byte)], 1).reshape(-1, 1, 2, 2)
            .DetachFromDisposeScope(), tensor(labels).DetachFromDisposeScope(), ["a", "b", "c", "d"]);
}
