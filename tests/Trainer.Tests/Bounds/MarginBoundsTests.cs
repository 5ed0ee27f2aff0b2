using TorchSharp;
using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Bounds;

public sealed class MarginBoundsTests
{
    private static readonly ThreatModel Quarter = new() { Norm = Norm.Linf, Epsilon = 0.25 };

    [Fact]
    public void Bounds_of_a_small_network_equal_those_computed_by_hand()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // x in [¼, ¾]²; h = (x₁ + x₂ − 1, x₁ − x₂), both in [−½, ½]; logits relu(h₁) + relu(h₂) and ¼.
        using var classifier = Layers(
            (new[,] { { 1.0, 1 }, { 1, -1 } }, [-1, 0]), (new[,] { { 1.0, 1 }, { 0, 0 } }, [0, 0.25]));
        var (images, labels) = (full([2, 1, 1, 2], 0.5, ScalarType.Float64), tensor([0L, 1L]));
        // Of class 0, the ReLUs' lower lines are 0 for all methods. Of class 1, intervals allow ½ + ½; the upper lines
        // ½h + ¼ add up to x₁, at most ¾.
        TensorAssert.Close(
            tensor(new[,] { { 0, -0.25 }, { -0.75, 0 } }),
            MarginBounds.Lower(classifier, images, labels, Quarter, BoundMethod.Ibp), 1e-10);
        foreach (var method in (BoundMethod[])[BoundMethod.Crown, BoundMethod.AlphaCrown])
            TensorAssert.Close(
                tensor(new[,] { { 0, -0.25 }, { -0.5, 0 } }),
                MarginBounds.Lower(classifier, images, labels, Quarter, method), 1e-10);
    }

    [Theory]
    [InlineData(Norm.Linf, 0.1, 0.7)]
    [InlineData(Norm.L2, 0.2, 0.5)]
    [InlineData(Norm.L1, 0.3, 0.4)]
    public void A_linear_network_has_its_exact_worst_case(Norm norm, double epsilon, double dual)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // z₀ − z₁ = 0.3·x₁ − 0.4·x₂ + 2: the weights' L1, L2 and L∞ norms are 0.7, 0.5 and 0.4.
        using var classifier = Layers((new[,] { { 0.2, -0.3 }, { -0.1, 0.1 } }, [2, 0]));
        var (images, threat) = (tensor(new[] { 0.5, 0.4 }).reshape(1, 1, 1, 2),
            new ThreatModel { Norm = norm, Epsilon = epsilon });
        var exact = 2 + (0.3 * 0.5) - (0.4 * 0.4) - (epsilon * dual);
        Assert.All(Enum.GetValues<BoundMethod>(), method => Assert.Equal(
            exact, MarginBounds.Lower(classifier, images, tensor([0L]), threat, method)[0, 1].item<double>(), 1e-9));
    }

    [Fact]
    public void The_box_limits_the_ball()
    {
        using var scope = NewDisposeScope();
        using var classifier = Layers((new[,] { { 1.0, 1 }, { 0, 0 } }, [0, 0]));
        var images = tensor(new[] { 0.1, 0.9 }).reshape(1, 1, 1, 2);
        // From 0.1 to 0, and from 0.9 to 0.65.
        Assert.Equal(0.65, MarginBounds.Lower(
            classifier, images, tensor([0L]), Quarter, BoundMethod.Crown)[0, 1].item<double>(), 1e-9);
    }

    [Fact]
    public void Of_tiny_networks_no_bound_is_above_the_exact_margin_and_better_methods_come_nearer()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var random = RandomSource.ForBatch(RandomKey.Of(5));
        var gaps = new double[3];
        for (var network = 0; network < 20; network++)
        {
            double[,] Weights(int rows, int columns) =>
                (double[,])random.Normal(zeros(rows, columns)).to(ScalarType.Float64).data<double>().ToNDArray();

            double[] Biases(int rows) => [.. random.Normal(zeros(rows)).to(ScalarType.Float64).data<double>()];
            var (first, bias, second, end) = (Weights(4, 2), Biases(4), Weights(2, 4), Biases(2));
            for (var unit = 0; unit < 4; unit++)
                bias[unit] = (0.2 * bias[unit]) - (0.5 * (first[unit, 0] + first[unit, 1]));
            using var classifier = Layers((first, bias), (second, end));
            var corners = Vertices(first, bias);
            var logits = classifier.Logits(corners);
            var exact = (logits.select(1, 0) - logits.select(1, 1)).min().item<double>();
            var image = full([1, 1, 1, 2], 0.5, ScalarType.Float64);
            var bounds = Enum.GetValues<BoundMethod>().Select(method => MarginBounds.Lower(
                classifier, image, tensor([0L]), Quarter, method)[0, 1].item<double>()).ToList();
            Assert.All(bounds, bound => Assert.InRange(exact - bound, 0, double.MaxValue));
            Assert.InRange(bounds[1] - bounds[0], -1e-9, double.MaxValue);
            Assert.InRange(bounds[2] - bounds[1], -1e-9, double.MaxValue);
            for (var method = 0; method < 3; method++)
                gaps[method] += exact - bounds[method];
        }
        Assert.InRange(gaps[1] / gaps[0], 0.1, 0.9);
        Assert.InRange(gaps[2] / gaps[1], 0.1, 0.95);
    }

    [Theory]
    [InlineData("cnn4")]
    [InlineData("conv-small")]
    [InlineData("preact")]
    public void Bounds_in_float32_are_rounded_down_below_those_in_float64(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        IArchitecture architecture = name switch
        {
            "cnn4" => new Cnn4 { Width = 1, Hidden = 32 },
            "conv-small" => new ConvSmall(),
            _ => new PreActResNet18 { Width = 2 },
        };
        using var network = architecture.Build(new(1, 12, 12), 5);
        var random = RandomSource.ForBatch(RandomKey.Of(3));
        BoundNetwork.Randomise(network, shape => random.Normal(zeros(shape)));
        var images = random.Uniform(zeros(3, 1, 12, 12));
        var labels = tensor([0L, 3, 4]);
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.01 };
        List<Tensor> inFloats = [.. Bounds()];
        network.to(ScalarType.Float64);
        images = images.to(ScalarType.Float64);
        foreach (var (rounded, exact) in inFloats.Zip(Bounds()))
        {
            var slack = exact - rounded;
            var scale = exact.abs().max().item<double>();
            Assert.InRange(slack.min().item<double>() / scale, -1e-12, 1e-12);
            Assert.InRange(slack.max().item<double>() / scale, 1e-5, 1e-2);
        }

        IEnumerable<Tensor> Bounds()
        {
            using var classifier = new Classifier(network, 5);
            foreach (var method in (BoundMethod[])[BoundMethod.Ibp, BoundMethod.Crown])
                yield return MarginBounds.Lower(classifier, images, labels, threat, method).to(ScalarType.Float64);
        }
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void Pixels_that_share_rows_or_have_windows_have_the_bounds_of_rows_of_their_own(Norm norm)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var random = RandomSource.ForBatch(RandomKey.Of(9));
        using var network = nn.Sequential(
            nn.Conv2d(1, 2, 3, padding: 1), nn.BatchNorm2d(2), nn.ReLU(), nn.Conv2d(2, 3, 3, stride: 2, padding: 1),
            nn.Conv2d(3, 2, 2), nn.Flatten(), nn.Linear(2 * 64, 2));
        BoundNetwork.Randomise(network, shape => random.Normal(zeros(shape)));
        network.to(ScalarType.Float64).eval();
        using var classifier = new Classifier(network, 2);
        var graph = BoundGraph.Record(classifier);
        var images = random.Uniform(zeros(2, 1, 17, 17)).to(ScalarType.Float64);
        var region = new InputRegion(images, new() { Norm = norm, Epsilon = 0.3 });
        var bounds = NetworkBounds.ByCrown(graph, region);
        var node = graph.Nodes[5];
        var pass = new BackwardPass(graph, region, [.. graph.Nodes.Select(one => bounds[one])]);
        var windows = graph.Windows(node)!;
        // A pixel of the third layer depends on 7 × 7 pixels, 2 apart: 4 × 4 rows for 64 pixels.
        Assert.Equal((new Window(2, 2, 7), 4L), (windows[graph.Nodes[0]], TiledSpecification.Tile(windows)));
        var like = bounds[node].Lower;
        Assert.Equal([2, 2, 8, 8], like.shape);
        var tiled = pass.Lower(node, new TiledSpecification(like, tensor([0L, 1L]), windows));
        Assert.Equal([2, 256], tiled.shape);
        var dense = pass.Lower(node, DenseSpecification.Units(like, arange(128, ScalarType.Int64)));
        TensorAssert.Close(dense, tiled, 1e-11);
        // Two signs of any pixels of any images: here every second one.
        var units = arange(0, 256, 2, ScalarType.Int64);
        var windowed = pass.Lower(node, new WindowSpecification(node, units, windows, one => bounds[one].Center));
        var signs = dense.reshape(2, 2, 128).transpose(0, 1).reshape(2, 256);
        TensorAssert.Close(signs.index_select(1, units), windowed, 1e-11);
    }

    [Fact]
    public void Layers_without_bounds_are_refused_by_name()
    {
        using var scope = NewDisposeScope();
        using var silu = new WideResNet { Depth = 10, Width = 1, Activation = Activation.Silu }.Build(new(1, 8, 8), 2);
        Assert.StartsWith("Found the activation silu, of which no bounds can be computed", Refusal(silu),
            StringComparison.Ordinal);
        using var convnext = new ConvNeXt { Depths = [1, 1, 1, 1], Dims = [8, 8, 8, 8], PatchSize = 1 }
            .Build(new(1, 8, 8), 2);
        Assert.StartsWith(
            "Found layer norm or linear layers over the channels of each pixel, of which no bounds can be computed; "
            + "expected Conv2d, ", Refusal(convnext), StringComparison.Ordinal);
        using var other = nn.Sequential(nn.Flatten(), nn.Linear(64, 2), nn.Tanh());
        Assert.StartsWith(
            "Found a layer of TorchSharp.Modules.Tanh, of which", Refusal(other), StringComparison.Ordinal);
        using var derived = nn.Sequential(nn.Flatten(), new DoubledSequence(nn.Linear(64, 2)));
        Assert.StartsWith(
            "Found a layer of Trainer.Tests.Bounds.DoubledSequence, of which", Refusal(derived),
            StringComparison.Ordinal);
        using var untracked = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 2), nn.BatchNorm1d(2, track_running_stats: false));
        Assert.StartsWith(
            "Found batch norm without running statistics, of which", Refusal(untracked), StringComparison.Ordinal);
        using var own = new TinyNetwork(new float[2, 64]);
        Assert.Contains("expected Conv2d, Linear, ", Refusal(own), StringComparison.Ordinal);

        static string Refusal(Module network)
        {
            using var classifier = new Classifier(network, 2);
            return Assert.Throws<NotSupportedException>(() => MarginBounds.Lower(
                classifier, zeros(1, 1, 8, 8), tensor([0L]), Quarter, BoundMethod.Ibp)).Message;
        }
    }

    /// <summary>A network of fully connected layers with ReLUs between them, in float64.</summary>
    private static Classifier Layers(params (double[,] Weight, double[] Bias)[] layers)
    {
        var network = nn.Sequential(nn.Flatten());
        using var noGrad = no_grad();
        foreach (var (place, (weight, bias)) in layers.Index())
        {
            if (place > 0)
                network.append(nn.ReLU());
            var layer = nn.Linear(weight.GetLength(1), weight.GetLength(0), dtype: ScalarType.Float64);
            layer.weight.copy_(tensor(weight));
            layer.bias!.copy_(tensor(bias));
            network.append(layer);
        }
        return new(network, layers[^1].Bias.Length);
    }

    /// <summary>
    /// Where two of the lines meet on which a hidden unit is 0 or that limit the square [¼, ¾]²: the least value of a
    /// function that is linear between them is at one of them.
    /// </summary>
    private static Tensor Vertices(double[,] weight, double[] bias)
    {
        List<(double A, double B, double C)> lines =
            [(1, 0, -0.25), (1, 0, -0.75), (0, 1, -0.25), (0, 1, -0.75),
            .. bias.Select((constant, unit) => (weight[unit, 0], weight[unit, 1], constant))];
        var points = new List<double>();
        foreach (var one in lines)
            foreach (var other in lines)
            {
                var determinant = (one.A * other.B) - (one.B * other.A);
                var x = ((one.B * other.C) - (one.C * other.B)) / determinant;
                var y = ((one.C * other.A) - (one.A * other.C)) / determinant;
                if (x is >= 0.25 and <= 0.75 && y is >= 0.25 and <= 0.75)
                    points.AddRange(x, y);
            }
        return tensor(points.ToArray()).reshape(-1, 1, 1, 2);
    }
}
