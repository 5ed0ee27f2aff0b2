using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Models;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Bounds;

/// <summary>Bounds and losses of make_bounds_fixture.py.</summary>
public sealed class BoundFixtureTests
{
    private static readonly JsonElement Expected = Fixture.Read("bounds.json");
    private static readonly Normalisation Stated = new() { Mean = [0.4, 0.4], Deviation = [0.3, 0.3] };

    [Theory]
    [InlineData(Norm.Linf, "linf")]
    [InlineData(Norm.L2, "l2")]
    [InlineData(Norm.L1, "l1")]
    public void Margins_equal_those_of_the_papers_formulas(Norm norm, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (network, images, labels) = Load();
        network.eval();
        using var classifier = new Classifier(network, 3, Stated);
        var graph = BoundGraph.Record(classifier);
        var region = new InputRegion(images, Threat(norm, name));
        var rows = MarginBounds.Specification(labels, 3, images);
        var expected = Expected.GetProperty("bounds").GetProperty(name);
        TensorAssert.Close(
            Numbers(expected.GetProperty("ibp"), 4, 3), NetworkBounds.ByIntervals(graph, region).LowerByIntervals(rows),
            1e-12);
        var bounds = NetworkBounds.ByCrown(graph, region, keepsIntervals: false);
        TensorAssert.Close(Numbers(expected.GetProperty("crown"), 4, 3), bounds.LowerByCrown(rows), 1e-12);
        TensorAssert.Close(
            Numbers(expected.GetProperty("alpha-crown"), 4, 3),
            AlphaSlopes.Lower(graph, bounds, rows, MarginBounds.AlphaSteps), 1e-10);
    }

    [Fact]
    public void Training_on_intervals_has_the_loss_and_the_gradients_of_the_papers_formulas()
    {
        using var scope = NewDisposeScope();
        var (network, images, labels) = Load();
        network.train();
        using var classifier = new Classifier(network, 3, Stated);
        var expected = Expected.GetProperty("training");
        // Half way through the warm-up κ is (1 − 0.4) / 2 = 0.3, and the regularisers weigh 0.5 / 2.
        var full = Threat(Norm.Linf, "linf");
        var threat = (full with { Epsilon = 2 * full.Epsilon }).Scaled(0.5);
        var batch = new TrainingBatch(
            new(classifier), classifier, images, new(labels), threat, RandomSource.ForBatch(RandomKey.Of(1)),
            new Dictionary<string, Tensor>());
        var objective = new Ibp { InitialKappa = 0.6, Kappa = 0, Bounds = new() { Regularization = 0.5 } };
        var loss = objective.Loss(batch, null);
        var bounds = new TrainingBounds(classifier, images, labels, new(images, threat));
        Assert.Equal(expected.GetProperty("regularizer").GetDouble(), bounds.Regularizer().item<double>(), 1e-12);
        var regular = 0.25 * expected.GetProperty("regularizer").GetDouble();
        Assert.Equal(expected.GetProperty("loss").GetDouble() + regular, loss.Loss.item<double>(), 1e-12);
        loss.Loss.backward();
        foreach (var (key, parameter) in network.named_parameters())
            TensorAssert.Close(
                Numbers(expected.GetProperty("gradients").GetProperty(key), parameter.shape), parameter.grad!, 1e-10);
    }

    [Theory]
    [InlineData("sabr")]
    [InlineData("mtl-ibp")]
    [InlineData("crown-ibp")]
    public void Certified_training_has_the_loss_and_the_gradients_of_the_papers_formulas(string name)
    {
        using var scope = NewDisposeScope();
        var (network, images, labels) = Load();
        network.train();
        using var classifier = new Classifier(network, 3, Stated);
        var certified = Expected.GetProperty("certified");
        var expected = certified.GetProperty(name);
        var full = new ThreatModel { Norm = Norm.Linf, Epsilon = certified.GetProperty("epsilon").GetDouble() };
        var attack = new Pgd { Steps = 1 };
        // CROWN-IBP in the middle of the warm-up, where both bounds weigh one half; the others at the full ε.
        (IObjective objective, ThreatModel threat) = name switch
        {
            "sabr" => (new Sabr { Attack = attack, Lambda = 0.4 }, full),
            "mtl-ibp" => (new MtlIbp { Attack = attack, Alpha = 0.3 }, full),
            _ => ((IObjective)new CrownIbp { InitialKappa = 0, Bounds = new() { Regularization = 0 } },
                (full with { Epsilon = 2 * full.Epsilon }).Scaled(0.5)),
        };
        var batch = new TrainingBatch(
            new(classifier), classifier, images, new(labels), threat, RandomSource.ForBatch(RandomKey.Of(1)),
            new Dictionary<string, Tensor>());
        var adversarial = name == "crown-ibp" ? null : Numbers(certified.GetProperty("adversarial"), images.shape);
        var loss = objective.Loss(batch, adversarial).Loss;
        Assert.Equal(1, loss.item<double>() / expected.GetProperty("loss").GetDouble(), 1e-9);
        loss.backward();
        foreach (var (key, parameter) in network.named_parameters())
            TensorAssert.Close(
                Numbers(expected.GetProperty("gradients").GetProperty(key), parameter.shape), parameter.grad!, 1e-9);
    }

    private static (Module Network, Tensor Images, Tensor Labels) Load()
    {
        var network = new FixtureNetwork();
        network.to(ScalarType.Float64);
        using var noGrad = no_grad();
        foreach (var (key, values) in network.state_dict().Where(pair => pair.Value.is_floating_point()))
            values.copy_(Numbers(Expected.GetProperty("state").GetProperty(key), values.shape));
        return (network, Numbers(Expected.GetProperty("images"), 4, 2, 6, 6),
            Numbers(Expected.GetProperty("labels"), 4).to(ScalarType.Int64));
    }

    private static ThreatModel Threat(Norm norm, string name) =>
        new() { Norm = norm, Epsilon = Expected.GetProperty("epsilon").GetProperty(name).GetDouble() };

    private static Tensor Numbers(JsonElement values, params long[] shape) =>
        tensor(Fixture.Numbers(values)).reshape(shape);

    private sealed class FixtureNetwork : Module, INetworkGraph
    {
        private readonly Conv2d conv1 = nn.Conv2d(2, 3, 3, padding: 1);
        private readonly BatchNorm2d bn = nn.BatchNorm2d(3);
        private readonly Conv2d conv2 = nn.Conv2d(3, 4, 3, stride: 2, padding: 1);
        private readonly Linear fc1 = nn.Linear(36, 6);
        private readonly Linear fc2 = nn.Linear(6, 3);

        public FixtureNetwork() : base("fixture") => RegisterComponents();

        public override Tensor forward(Tensor input) => TensorOperations.Forward(this, input);

        public T Compute<T>(IOperations<T> on, T input)
        {
            var hidden = on.Activate(Activation.Relu, on.Apply(bn, on.Apply(conv1, input)));
            hidden = on.Activate(Activation.Relu, on.Apply(conv2, hidden));
            return on.Apply(fc2, on.Activate(Activation.Relu, on.Apply(fc1, on.Flatten(hidden))));
        }
    }
}
