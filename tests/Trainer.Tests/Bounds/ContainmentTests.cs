using TorchSharp;
using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Bounds;

/// <summary>
/// Bounds of every layer contain the values of 100,000 sampled images in 24 networks, at every node, of three images in
/// one batch.
/// </summary>
public sealed class ContainmentTests
{
    private const int Images = 3;
    private const int Points = 1400;
    private const int Classes = 4;

    public static TheoryData<string, Norm> Cases
    {
        get
        {
            var cases = new TheoryData<string, Norm>();
            foreach (var name in Networks.Keys)
                foreach (var norm in Enum.GetValues<Norm>())
                    cases.Add(name, norm);
            return cases;
        }
    }

    private static readonly Dictionary<string, Func<(Module Network, long Size)>> Networks = new()
    {
        ["linear"] = () => (new BoundNetwork([nn.Flatten(), nn.Linear(2 * 36, 9), nn.ReLU(), nn.Linear(9, 7), nn.ReLU(),
            nn.Linear(7, Classes)]), 6),
        ["convolutions"] = () => (new BoundNetwork([nn.Conv2d(2, 3, 3, padding: 1), nn.ReLU(),
            nn.Conv2d(3, 4, 3, stride: 2, padding: 1), nn.ReLU(),
            nn.Conv2d(4, 3, 3, dilation: 2, padding: 2, bias: false), nn.ReLU(), nn.Flatten(),
            nn.Linear(3 * 16, Classes)]), 7),
        ["groups"] = () => (new BoundNetwork([nn.Conv2d(2, 4, (3, 2), groups: 2, padding: (1, 0)), nn.ReLU(),
            nn.Conv2d(4, 4, 2, stride: 2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 9, Classes)]), 7),
        ["batch norm"] = () => (new BoundNetwork([nn.Conv2d(2, 3, 3, padding: 1), nn.BatchNorm2d(3), nn.ReLU(),
            nn.Conv2d(3, 3, 4, stride: 2, padding: 1), nn.BatchNorm2d(3, affine: false), nn.ReLU(), nn.Flatten(),
            nn.Linear(3 * 9, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, Classes)]), 6),
        ["max pool"] = () => (new BoundNetwork([nn.Conv2d(2, 3, 3, padding: 1), nn.MaxPool2d(2), nn.ReLU(),
            nn.Conv2d(3, 4, 3, padding: 1), nn.MaxPool2d(3, stride: 2, padding: 1), nn.ReLU(), nn.Flatten(),
            nn.Linear(16, Classes)]), 8),
        ["average pool"] = () => (new BoundNetwork([nn.Conv2d(2, 3, 3, padding: 1), nn.ReLU(),
            nn.AvgPool2d(3, stride: 2, padding: 1), nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
            nn.Linear(4, Classes)]), 8),
        ["residual sums"] = () => (new BoundNetwork([nn.Conv2d(2, 3, 3, padding: 1), nn.ReLU(),
            new SumBlock(nn.Sequential(nn.Conv2d(3, 3, 3, padding: 1), nn.ReLU(), nn.Conv2d(3, 3, 3, padding: 1))),
            nn.ReLU(), new SumBlock(nn.Sequential(nn.Conv2d(3, 4, 3, stride: 2, padding: 1), nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding: 1)), nn.Conv2d(3, 4, 1, stride: 2)), nn.ReLU(), new PixelMean(),
            nn.Linear(4, Classes)]), 8),
        ["pad"] = () => (new BoundNetwork([nn.Conv2d(2, 3, 3, stride: 2), nn.ReLU(), nn.Conv2d(3, 3, 3, padding: 1),
            nn.ReLU(), nn.Flatten(), nn.Linear(3 * 9, Classes)], pad: 1), 6),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_value_of_sampled_images_is_within_its_bounds(string name, Norm norm)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (network, size) = Networks[name]();
        network.to(ScalarType.Float64).eval();
        var random = RandomSource.ForBatch(RandomKey.Of(name.Length + (int)norm));
        BoundNetwork.Randomise(network, shape => random.Normal(zeros(shape)));
        using var classifier = new Classifier(network, Classes, new() { Mean = [0.4, 0.5], Deviation = [0.3, 0.25] });
        var images = random.Uniform(zeros(Images, 2, size, size)).to(ScalarType.Float64);
        var epsilon = norm switch { Norm.Linf => 0.05, Norm.L2 => 0.3, _ => 1 };
        var threat = new ThreatModel { Norm = norm, Epsilon = epsilon };
        var graph = BoundGraph.Record(classifier);
        var region = new InputRegion(images, threat);
        var values = images.split(1).Select(image => graph.Values(Sampled(image, threat, random))).ToList();
        NetworkBounds[] all = [NetworkBounds.ByIntervals(graph, region), NetworkBounds.ByCrown(graph, region),
            NetworkBounds.ByCrown(graph, region, keepsIntervals: false)];
        foreach (var (row, own) in values.Index())
            foreach (var bounds in all)
                Assert.All(graph.Nodes, node => Contains(
                    bounds[node].Lower[row], own[node.Index], bounds[node].Upper[row]));

        var labels = full([Images], 1, ScalarType.Int64);
        var margins = MarginBounds.Specification(labels, Classes, images);
        var least = stack([.. values.Select(own => Least(own[graph.Output.Index]))]);
        Assert.All(Enum.GetValues<BoundMethod>(), method =>
            Contains(MarginBounds.Lower(classifier, images, labels, threat, method), least, least));
        Assert.All(all, bounds => Contains(bounds.LowerByCrown(margins), least, least));

        static Tensor Least(Tensor logits) => (logits.select(1, 1).unsqueeze(1) - logits).amin([0]);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("max pool")]
    [InlineData("residual sums")]
    public void Bounds_of_an_image_do_not_depend_on_the_others_of_its_batch(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (network, size) = Networks[name]();
        network.to(ScalarType.Float64).eval();
        var random = RandomSource.ForBatch(RandomKey.Of(name.Length));
        BoundNetwork.Randomise(network, shape => random.Normal(zeros(shape)));
        using var classifier = new Classifier(network, Classes);
        var images = random.Uniform(zeros(Images, 2, size, size)).to(ScalarType.Float64);
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.02 };
        var graph = BoundGraph.Record(classifier);
        var together = NetworkBounds.ByCrown(graph, new(images, threat));
        foreach (var (row, image) in images.split(1).Index())
        {
            var alone = NetworkBounds.ByCrown(graph, new(image, threat));
            Assert.All(graph.Nodes, node =>
            {
                TensorAssert.Close(alone[node].Lower[0], together[node].Lower[row], 1e-9);
                TensorAssert.Close(alone[node].Upper[0], together[node].Upper[row], 1e-9);
            });
        }
    }

    /// <summary>Corners of the ball, points of its surface and of its inside.</summary>
    private static Tensor Sampled(Tensor image, ThreatModel threat, RandomSource random)
    {
        var images = image.expand(Points, -1, -1, -1).to(ScalarType.Float32).contiguous();
        using var ball = Ball.Create(threat, images);
        var inside = ball.RandomStart(random);
        var surface = ball.SurfaceStart(random);
        var sampled = where(random.Uniform(zeros(Points, 1, 1, 1)).lt(0.5), inside, surface).to(ScalarType.Float64);
        var corners = image + (threat.Epsilon * (sampled - image).sign());
        if (threat.Norm == Norm.Linf)
            sampled = where(random.Uniform(zeros(Points, 1, 1, 1)).lt(0.5), corners, sampled).clamp(0, 1);
        // Within the ball exactly, which float32 is not.
        return image + ((sampled - image) * (1 - 1e-6));
    }

    private static void Contains(Tensor lower, Tensor values, Tensor upper)
    {
        var outside = maximum((lower - values).max(), (values - upper).max()).item<double>();
        Assert.True(outside < 1e-9, $"A value is outside by {outside}.");
    }
}
