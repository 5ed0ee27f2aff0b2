using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Corruptions;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Corruptions;

/// <summary>What holds of every corruption, and what follows by hand.</summary>
public sealed class CommonCorruptionsTests : IDisposable
{
    private static readonly RandomKey Key = RandomKey.Of(3);
    private readonly DisposeScope scope = NewDisposeScope();

    public static TheoryData<string> Names() => new(CommonCorruptions.All.Select(one => one.Name));

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void An_image_is_corrupted_the_same_in_any_batch(string name)
    {
        var images = Images(4, 1, 12, 9);
        var all = Corrupt(name, 3, images, 0, 1, 2, 3);
        var alone = Corrupt(name, 3, images.narrow(0, 2, 1), 2);
        Assert.True(all.narrow(0, 2, 1).equal(alone).all().item<bool>());
        Assert.Equal(images.shape, all.shape);
        Assert.False(all.equal(images).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Images_of_any_size_and_any_number_of_channels_are_corrupted(string name)
    {
        foreach (var (channels, height, width) in ((long, long, long)[])[(3, 8, 8), (4, 8, 17), (1, 40, 33)])
            for (var severity = 1; severity <= 5; severity++)
            {
                var images = Images(2, channels, height, width);
                var corrupted = Corrupt(name, severity, images, 0, 1);
                Assert.Equal((images.dtype, images.numel()), (corrupted.dtype, corrupted.numel()));
                Assert.Equal(images.shape, corrupted.shape);
            }
    }

    [Fact]
    public void Defocus_blur_of_small_images_is_that_of_32_pixels()
    {
        var images = Images(1, 1, 32, 32);
        foreach (var severity in (int[])[1, 2, 3, 4, 5])
        {
            var (whole, part) = (Corrupt("defocus-blur", severity, images, 0),
                Corrupt("defocus-blur", severity, images[.., .., ..28, ..28], 0));
            Assert.True(whole[.., .., ..26, ..26].equal(part[.., .., ..26, ..26]).all().item<bool>());
            Assert.False(part.equal(images[.., .., ..28, ..28]).all().item<bool>());
        }
    }

    [Fact]
    public void Shot_noise_has_the_mean_and_the_variance_of_counted_photons()
    {
        // Mean 0.4 of 50 photons: variance 0.4 / 50.
        var noisy = new ShotNoise().Apply(new(
            full([1, 1, 100, 100], 102 / 255.0, ScalarType.Float64), 5, new(RandomSource.ForBatch(Key))));
        Assert.Equal(0.4, noisy.mean().item<double>(), 4 * Math.Sqrt(0.008 / 10_000));
        Assert.Equal(0.008, noisy.var().item<double>(), 0.0005);
    }

    [Fact]
    public void Frost_adds_the_brightness_of_a_photograph()
    {
        var frost = new Frost().Apply(new(
            zeros([200, 3, 16, 16], ScalarType.Float64), 5, new(RandomSource.ForExamples(Key, Indices(200)))));
        // 0.45 times the mean red of five photographs, each as likely.
        Assert.Equal(0.45 * 0.572, frost.mean([0, 2, 3])[0].item<double>(), 0.03);
        Assert.Contains(frost.std([2, 3]).flatten().data<double>(),
            deviation => Math.Abs(deviation - (0.45 * 0.094)) < 0.002);
    }

    [Fact]
    public void The_report_has_every_corruption_and_severity_whatever_the_block()
    {
        using var classifier = new TinyNetwork(new float[2, 64], [1, 0]).Classifier;
        using var data = new ImageData(Images(5, 1, 8, 8), tensor(new long[] { 0, 0, 1, 0, 1 }), ["a", "b"]);
        var progress = new List<int>();
        var report = new CorruptionEvaluator(classifier, Key, 2) { Progress = one => progress.Add(one.Done) }
            .Run(data, [0, 1, 2], "w")!;
        Assert.Equal(15, report.ByCorruption().Count());
        Assert.All(report.ByCorruption(), row => Assert.Equal([1, 2, 3, 4, 5], row.Select(one => one.Severity)));
        // The network always says the first class.
        Assert.All(report.Results, result => Assert.Equal(2 / 3.0, result.Accuracy.Value, 1e-12));
        Assert.Equal(2 / 3.0, report.Mean, 1e-12);
        Assert.Equal((3, 75 * 3), (report.Clean.Examples, progress[^1]));
        Assert.Throws<ArgumentException>(() => new CorruptionEvaluator(classifier, Key, 2).Run(
            new ImageData(Images(2, 1, 7, 8), zeros(2, ScalarType.Int64), ["a", "b"]), [0], "w"));
    }

    private static Tensor Corrupt(string name, int severity, Tensor images, params long[] indices) =>
        CommonCorruptions.Apply(CommonCorruptions.All.Single(one => one.Name == name), severity, images,
            RandomSource.ForExamples(Key, indices));

    private static long[] Indices(int count) => [.. Enumerable.Range(0, count).Select(index => (long)index)];

    private static Tensor Images(params long[] shape)
    {
        using var generator = new Generator();
        return randint(0, 256, shape, ScalarType.Byte, generator: generator.manual_seed(1));
    }
}
