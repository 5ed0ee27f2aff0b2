using TorchSharp;
using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Bounds;

/// <summary>Bounds hold for a network as it is computed in float32, not only for the exact one.</summary>
public sealed class RoundoffTests
{
    private const long Images = 200;
    private const int Classes = 3;

    [Theory]
    [InlineData("logits", 1 << 20)]
    [InlineData("logits of a linear network", 1 << 20)]
    [InlineData("hidden values", 1 << 16)]
    [InlineData("hidden values of a convolution with batch norm", 1 << 16)]
    public void No_computed_margin_is_below_its_bound_where_large_values_cancel(string what, double large)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var random = RandomSource.ForBatch(RandomKey.Of(7));
        using var network = Network(what, large, shape => random.Normal(zeros(shape)));
        using var classifier = new Classifier(network, Classes);
        // So small a ball that rounding, and not the perturbation, decides.
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 1e-6 };
        var images = random.Uniform(zeros(Images, 1, 4, 4)).clamp(0.1, 0.9);
        var labels = arange(Images).remainder(Classes);
        var computed = full([Images, Classes], double.PositiveInfinity, ScalarType.Float32);
        for (var sample = 0; sample < 20; sample++)
        {
            var logits = classifier.Logits(images + (threat.Epsilon * random.Normal(zeros_like(images)).sign()));
            computed = minimum(computed, logits.gather(1, labels.unsqueeze(1)) - logits);
        }
        foreach (var method in Enum.GetValues<BoundMethod>())
        {
            var gaps = computed - MarginBounds.Lower(classifier, images, labels, threat, method);
            Assert.Equal(0, gaps.lt(0).sum().item<long>());
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 84, 1.0 / (1 << 17))]
    [InlineData(ScalarType.Float64, 84, 1.0 / (1L << 46))]
    public void The_error_of_a_sum_grows_with_the_number_of_its_terms(ScalarType dtype, long terms, double share)
    {
        // 84 products and 16 further operations, in the network and in its bounds: 2.02 · 100 · u.
        Assert.Equal(2.02 * 100 / 128 * share, Roundoff.Of(dtype, nodes: 0).OfSum(terms), 2e-5 * share);
        Assert.Contains("Use float64", Assert.Throws<NotSupportedException>(
            () => Roundoff.Of(ScalarType.Float32, nodes: 0).OfSum(1 << 24)).Message, StringComparison.Ordinal);
    }

    /// <summary>A backward bound adds two terms of each layer to a sum, also of a layer that rounds nothing.</summary>
    [Theory]
    [InlineData(ScalarType.Float32, BoundMethod.Ibp)]
    [InlineData(ScalarType.Float32, BoundMethod.Crown)]
    [InlineData(ScalarType.Float64, BoundMethod.Crown)]
    public void The_error_grows_with_the_number_of_layers(ScalarType dtype, BoundMethod method)
    {
        using var scope = NewDisposeScope();
        // Two terms in the linear layer, 16 further operations, and two for each of the 3 or 101 values of the network.
        Assert.Equal((2.0 + 16 + (2 * 101)) / (2 + 16 + (2 * 3)), Slack(layers: 100) / Slack(layers: 2), 1e-3);

        double Slack(int layers)
        {
            using var linear = nn.Linear(2, 2, hasBias: false, dtype: dtype);
            using (no_grad())
                linear.weight.copy_(tensor(new[,] { { 1.0, -1 }, { 0, 0 } }));
            using var network = nn.Sequential([.. Enumerable.Repeat(nn.Flatten(), layers - 1), linear]);
            using var classifier = new Classifier(network, 2);
            // The margin is exactly 0.
            return -MarginBounds.Lower(
                classifier, full([1, 1, 1, 2], 0.5, dtype), tensor([0L]), new() { Norm = Norm.Linf, Epsilon = 0 },
                method)[0, 1].to(ScalarType.Float64).item<double>();
        }
    }

    [Fact]
    public void A_network_whose_forward_is_not_what_it_states_is_refused()
    {
        using var scope = NewDisposeScope();
        using var network = new Skipping();
        using var classifier = new Classifier(network, Classes);
        var message = Assert.Throws<NotSupportedException>(() => MarginBounds.Lower(
            classifier, full(1, 1, 4, 4, 0.5f), tensor([0L]), new() { Norm = Norm.Linf, Epsilon = 0 },
            BoundMethod.Ibp)).Message;
        Assert.Contains(
            "differ from what its structure computes of the same images by more than rounding", message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_forward_pass_that_rounds_more_than_its_dtype_is_refused()
    {
        using var scope = NewDisposeScope();
        using var network = new Rounding();
        using var classifier = new Classifier(network, Classes);
        Assert.Throws<NotSupportedException>(() => MarginBounds.Lower(
            classifier, RandomSource.ForBatch(RandomKey.Of(1)).Uniform(zeros(4, 1, 4, 4)), zeros(4, ScalarType.Int64),
            new() { Norm = Norm.Linf, Epsilon = 0.1 }, BoundMethod.Ibp));
    }

    [Fact]
    public void A_network_with_a_hook_that_changes_a_layer_is_refused()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(16, Classes);
        using var network = nn.Sequential(nn.Flatten(), layer);
        using var classifier = new Classifier(network, Classes);
        var (images, labels) = (full(1, 1, 4, 4, 0.5f), tensor([0L]));
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0 };
        MarginBounds.Lower(classifier, images, labels, threat, BoundMethod.Ibp);
        layer.register_forward_hook((_, _, output) => output + 0.001);
        Assert.Throws<NotSupportedException>(
            () => MarginBounds.Lower(classifier, images, labels, threat, BoundMethod.Ibp));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Bounds_hold_behind_a_normalisation_whose_numbers_float32_rounds(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var random = RandomSource.ForBatch(RandomKey.Of(3));
        using var layer = nn.Linear(784, Classes);
        using Module network = nn.Sequential(nn.Flatten(), layer);
        BoundNetwork.Randomise(network, shape => random.Normal(zeros(shape)));
        network.to(dtype);
        using var classifier = new Classifier(network, Classes, new() { Mean = [0.2860], Deviation = [0.3530] });
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 };
        var images = random.Uniform(zeros(50, 1, 28, 28)).to(dtype);
        var labels = arange(50).remainder(Classes);
        var least = MarginBounds.Lower(classifier, images, labels, threat, BoundMethod.Ibp);
        foreach (var target in Enumerable.Range(0, Classes))
        {
            // The worst image of a linear network.
            var rows = (layer.weight.index_select(0, labels) - layer.weight[target]).sign().reshape(images.shape);
            var logits = classifier.Logits((images - (threat.Epsilon * rows)).clamp(0, 1));
            var margins = logits.gather(1, labels.unsqueeze(1)).squeeze(1) - logits.select(1, target);
            Assert.Equal(0, margins.lt(least.select(1, target)).sum().item<long>());
        }
    }

    [Fact]
    public void Half_precision_has_no_bounds() => Assert.Contains(
        "expected float32 or float64", Assert.Throws<NotSupportedException>(
            () => Roundoff.Of(ScalarType.BFloat16, nodes: 0)).Message, StringComparison.Ordinal);

    /// <summary>A network that adds a large number to some values and takes it away again.</summary>
    private static Module Network(string what, double large, Func<long[], Tensor> draw)
    {
        if (what == "logits of a linear network")
            return Shifted(nn.Sequential(nn.Flatten(), Drawn(nn.Linear(16, Classes))));
        if (what == "logits")
            return Shifted(nn.Sequential(
                nn.Flatten(), Drawn(nn.Linear(16, 32)), nn.ReLU(), Drawn(nn.Linear(32, Classes))));
        Module[] features = what == "hidden values"
            ? [nn.Flatten(), Shift(Drawn(nn.Linear(16, 32)))]
            : [Shift(Drawn(nn.Conv2d(1, 8, 3))), Normalising(), nn.Flatten()];
        var last = Drawn(nn.Linear(32, Classes));
        if (what == "hidden values")
            last.bias!.sub_(last.weight.sum(1) * large);
        return nn.Sequential([.. features, nn.ReLU(), last]);

        T Drawn<T>(T layer)
            where T : Module
        {
            BoundNetwork.Randomise(layer, draw);
            return layer;
        }

        T Shift<T>(T layer)
            where T : Module
        {
            layer.get_parameter("bias")!.add_(large);
            return layer;
        }

        // Its running mean takes the large number away.
        Module Normalising()
        {
            var norm = nn.BatchNorm2d(8);
            norm.running_mean!.fill_(large);
            norm.eval();
            return norm;
        }

        Module Shifted(TorchSharp.Modules.Sequential layers)
        {
            Shift((TorchSharp.Modules.Linear)layers.children().Last());
            return layers;
        }
    }

    /// <summary>States a linear layer, and rounds its outputs to bfloat16.</summary>
    private sealed class Rounding : nn.Module<Tensor, Tensor>, INetworkGraph
    {
        private readonly TorchSharp.Modules.Linear layer = nn.Linear(16, Classes);

        public Rounding() : base("rounding") => RegisterComponents();

        public T Compute<T>(IOperations<T> on, T input) => on.Apply(layer, on.Flatten(input));

        public override Tensor forward(Tensor input) =>
            layer.call(input.flatten(1)).to(ScalarType.BFloat16).to(input.dtype);
    }

    /// <summary>States a linear layer, and adds its input's mean.</summary>
    private sealed class Skipping : nn.Module<Tensor, Tensor>, INetworkGraph
    {
        private readonly TorchSharp.Modules.Linear layer = nn.Linear(16, Classes);

        public Skipping() : base("skipping") => RegisterComponents();

        public T Compute<T>(IOperations<T> on, T input) => on.Apply(layer, on.Flatten(input));

        public override Tensor forward(Tensor input) =>
            layer.call(input.flatten(1)) + input.mean([1, 2, 3]).unsqueeze(1);
    }
}
