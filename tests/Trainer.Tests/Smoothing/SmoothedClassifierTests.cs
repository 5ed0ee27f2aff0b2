using TorchSharp;
using Trainer.Engine.Devices;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Metrics;
using Trainer.Robustness.Random;
using Trainer.Robustness.Smoothing;
using Trainer.Robustness.Threats;
using Normal = MathNet.Numerics.Distributions.Normal;

namespace Trainer.Tests.Smoothing;

public sealed class SmoothedClassifierTests : IDisposable
{
    private const int Rows = 24;
    private static readonly SmoothingOptions Options = new() { Sigma = 0.25, N0 = 50, N = 1050, Alpha = 0.001 };
    private static readonly RandomKey Key = RandomKey.Of(5);
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TorchSharp.Modules.Linear layer = nn.Linear(9, 2);
    private readonly Module network;
    private readonly Classifier classifier;
    private readonly Tensor images;
    private readonly long[] indices = [.. Enumerable.Range(0, Rows).Select(row => 7L * row)];

    public SmoothedClassifierTests()
    {
        using var noGrad = no_grad();
        var random = RandomSource.ForBatch(RandomKey.Of(6));
        layer.weight.copy_(random.Normal(layer.weight));
        layer.bias!.zero_();
        network = nn.Sequential(nn.Flatten(), layer);
        classifier = new(network, 2);
        images = random.Uniform(zeros(Rows, 1, 3, 3));
    }

    public void Dispose()
    {
        classifier.Dispose();
        network.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void Labels_that_are_no_classes_are_refused(long label)
    {
        var labels = Enumerable.Repeat(0L, Rows - 1).Append(label).ToArray();
        var error = Assert.Throws<ArgumentException>(() => Smoothed(Options).Certify(images, indices, Key, labels));
        Assert.StartsWith($"Found labels from {labels.Min()} to {labels.Max()}, expected 0 to 1 for 2 classes.",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Radii_of_a_linear_classifier_are_the_distances_to_its_plane_less_the_slack_of_the_bound()
    {
        var certified = Smoothed(Options).Certify(images, indices, Key);
        var (distances, abstained) = (Distances(), 0);
        foreach (var (row, certificate) in certified.Index())
        {
            var distance = Math.Abs(distances[row]);
            // The votes that one image in ten thousand has fewer of, and the bound that they give.
            var fewest = new Binomial(Options.N, Normal.CDF(0, Options.Sigma, distance)).LargestRejected(1e-4) + 1;
            var least = new Votes([fewest, Options.N - fewest]).Certify(0, Options).Radius ?? 0;
            Assert.InRange(certificate.Radius ?? 0, least, distance);
            abstained += certificate.Radius is null ? 1 : 0;
            if (certificate.Class is { } found)
                Assert.Equal(distances[row] > 0 ? 1 : 0, found);
        }
        Assert.InRange(abstained, 0, Rows / 2);
    }

    [Fact]
    public void Votes_depend_neither_on_the_batch_nor_on_its_division()
    {
        var whole = Smoothed(Options).Count(images, indices, Key, 350);
        using var workers = new BatchWorkers(CPU, 3);
        var divided = new SmoothedClassifier(classifier, Options) { MapBlocks = workers.Map };
        Same(whole, divided.Count(images, indices, Key, 350));
        var at = tensor([5L, 17]);
        Same([whole[5], whole[17]], Smoothed(Options).Count(
            images.index_select(0, at), [indices[5], indices[17]], Key, 350));
        // Another index, another noise; and draws come in their order.
        var others = Smoothed(Options).Count(images, [.. indices.Select(index => index + 1)], Key, 350);
        Assert.Contains(whole.Zip(others), pair => !pair.First.Counts.SequenceEqual(pair.Second.Counts));
        var fewer = Smoothed(Options).Count(images, indices, Key, 300);
        Assert.All(whole.Zip(fewer), pair => Assert.All(
            pair.First.Counts.Zip(pair.Second.Counts), counts => Assert.InRange(counts.First - counts.Second, 0, 50)));
    }

    [Fact]
    public void Draws_that_select_never_count_towards_the_estimate()
    {
        var few = Smoothed(Options with { N0 = 1 }).Certify(images, indices, Key);
        var many = Smoothed(Options with { N0 = 1000 }).Certify(images, indices, Key);
        Same([.. few.Select(one => one.Votes)], [.. many.Select(one => one.Votes)]);
        Assert.Equal(Options.N, many[0].Votes.Total);
        var selection = Smoothed(Options).Count(images, indices, Key.With("select"), Options.N);
        Assert.Contains(selection.Zip(many), pair => !pair.First.Counts.SequenceEqual(pair.Second.Votes.Counts));
    }

    [Fact]
    public void Stopping_early_changes_no_radius_of_the_true_class_and_draws_less()
    {
        // Every third label is wrong.
        long[] labels = [.. Distances().Select((distance, row) => distance > 0 == (row % 3 != 0) ? 1L : 0)];
        var all = Smoothed(Options).Certify(images, indices, Key);
        var early = Smoothed(Options).Certify(images, indices, Key, labels);
        foreach (var (row, (one, stopped)) in all.Zip(early).Index())
        {
            Assert.Equal(one.Selected, stopped.Selected);
            Assert.Equal(one.Selected == labels[row] ? one.Radius : null, stopped.Radius);
            if (one.Selected != labels[row])
                Assert.Equal(0, stopped.Votes.Total);
        }
        Assert.InRange(early.Count(one => one.Radius is not null), 4, Rows);
        // An image of a hopeless class stops at a look before the last.
        var strict = Smoothed(Options with { Alpha = 1e-9, Sigma = 50 }).Certify(
            images, indices, Key, [.. Smoothed(Options with { Sigma = 50 }).Certify(images, indices, Key)
            .Select(one => (long)one.Selected)]);
        Assert.Contains(strict, one => one.Votes.Total is > 0 and < 1050 && one.Radius is null);
    }

    [Fact]
    public void The_mean_prediction_has_the_gradient_of_the_mean_and_its_attack_is_inside_the_ball()
    {
        using var target = Smoothed(Options).MeanPrediction([1, 3, 3], Key, 8);
        var logits = target.Logits(images);
        TensorAssert.Close(ones(Rows), logits.exp().sum(1), 1e-5);
        var noise = RandomSource.ForBatch(Key.With("attack")).Normal(zeros(8, 1, 3, 3)) * Options.Sigma;
        var mean = stack([.. Enumerable.Range(0, 8).Select(draw => classifier.Logits(images + noise[draw]).softmax(1))])
            .mean([0]);
        TensorAssert.Close(mean, logits.exp(), 1e-6);
        var labels = classifier.Predict(images);
        var threat = new ThreatModel { Norm = Norm.L2, Epsilon = 0.5 };
        var batch = new AttackBatch(target, images, new CrossEntropyLoss(labels), threat, RandomSource.ForBatch(Key))
            with
        { StopAtSuccess = false };
        var attacked = new Pgd { Steps = 10 }.Run(batch).Images;
        Assert.InRange(threat.Violation(images, attacked, 0.5).item<float>(), float.NegativeInfinity, 0);
        // The same direction for every image: that of the plane.
        var moved = (classifier.Logits(attacked) - classifier.Logits(images)).gather(1, labels.unsqueeze(1));
        Assert.InRange(moved.max().item<float>(), float.NegativeInfinity, 0);
    }

    [Fact]
    public void Logits_that_are_not_finite_have_no_votes()
    {
        using var noGrad = no_grad();
        layer.bias!.fill_(float.NaN);
        Assert.Throws<NotFiniteNumberException>(() => Smoothed(Options).Certify(images, indices, Key));
    }

    [Fact]
    public void Arguments_that_do_not_fit_each_other_are_refused()
    {
        var smoothed = Smoothed(Options);
        var fewer = indices[1..];
        Refused("indices", "Found 23 indices, expected 24, one for each image.",
            () => smoothed.Count(images, fewer, Key, 10));
        Refused("indices", "Found 23 indices", () => smoothed.Predict(images, fewer, Key, 10));
        Refused("indices", "Found 23 indices", () => smoothed.Certify(images, fewer, Key));
        Refused("labels", "Found 23 labels, expected 24", () => smoothed.Certify(images, indices, Key, fewer));
        Refused("images", "Found images of shape [1, 3, 3], expected [N, C, H, W].",
            () => smoothed.Count(images[0], [0L], Key, 10));
        Refused("images", "Found images with values from ", () => smoothed.Certify(images + 1, indices, Key));
        Refused("draws", "Found 0, expected a number of at least 1.", () => smoothed.Count(images, indices, Key, 0));
        Refused("draws", "Found 0, expected", () => smoothed.MeanPrediction([1, 3, 3], Key, 0));
        Refused("shape", "Found the shape [24, 1, 3, 3], expected that of one image",
            () => smoothed.MeanPrediction(images.shape, Key, 1));
        Assert.Empty(smoothed.Certify(images.narrow(0, 0, 0), [], Key));

        static void Refused(string name, string message, Func<object> call)
        {
            var refusal = Assert.ThrowsAny<ArgumentException>(call);
            Assert.Equal(name, refusal.ParamName);
            Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
        }
    }

    private SmoothedClassifier Smoothed(SmoothingOptions options) => new(classifier, options);

    /// <summary>From each image to the plane, above 0 where the second class is the more likely.</summary>
    private double[] Distances()
    {
        using var noGrad = no_grad();
        var normal = layer.weight[1] - layer.weight[0];
        return [.. images.flatten(1).matmul(normal).div(normal.norm()).to(ScalarType.Float64).data<double>()];
    }

    private static void Same(IReadOnlyList<Votes> expected, IReadOnlyList<Votes> actual) =>
        Assert.Equal(expected.Select(votes => votes.Counts), actual.Select(votes => votes.Counts));
}
