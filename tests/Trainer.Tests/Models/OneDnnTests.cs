using TorchSharp;
using Trainer.Engine;
using Trainer.Recipes.Binding;
using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Models;

/// <summary>
/// Convolutions and their gradients are right on whatever processor this is, for every number of channels.
/// </summary>
public sealed class OneDnnTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(4, 8)]
    [InlineData(16, 20)]
    [InlineData(16, 36)]
    [InlineData(16, 32)]
    [InlineData(17, 16)]
    [InlineData(24, 32)]
    public void Logits_and_gradients_equal_those_in_float64(int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        FillFreedMemoryWithNaN();
        GlobalGenerators.Seed(RandomKey.Of(1));
        using var network = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel_size: 3, padding: 1), nn.ReLU(), nn.Flatten(),
            nn.Linear(outputs * 256, 10));
        using var classifier = new Classifier(network, 10);
        var images = rand(3, inputs, 16, 16);
        var loss = new CrossEntropyLoss(tensor([1L, 2L, 3L]));
        var single = loss.At(classifier, images);
        network.to(ScalarType.Float64);
        using var exact = new Classifier(network, 10);
        var expected = loss.At(exact, images.to(ScalarType.Float64));
        TensorAssert.Close(expected.Logits, single.Logits, 1e-4);
        Assert.True((single.Gradient - expected.Gradient).abs().max().item<double>() <= 1e-4 * expected.Gradient.abs()
            .max().item<double>());
    }

    [Theory]
    [InlineData("conv-small", 1, 28)]
    [InlineData("small-cnn", 1, 28)]
    [InlineData("lenet", 1, 28)]
    [InlineData("preact-resnet-18", 3, 32)]
    [InlineData("resnet-18", 3, 32)]
    public void A_network_of_its_full_width_has_the_logits_and_gradients_of_float64(string name, int channels, int side)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(2));
        using var network = Build(name, channels, side);
        using var classifier = new Classifier(network, 10);
        var images = rand(2, channels, side, side);
        var loss = new CrossEntropyLoss(tensor([1L, 2L]));
        var single = loss.At(classifier, images);
        network.to(ScalarType.Float64);
        using var exact = new Classifier(network, 10);
        var expected = loss.At(exact, images.to(ScalarType.Float64));
        TensorAssert.Close(expected.Logits, single.Logits, 1e-4);
        Assert.True((single.Gradient - expected.Gradient).abs().max().item<double>() <= 1e-3 * expected.Gradient.abs()
            .max().item<double>());
    }

    [Theory]
    [InlineData("small-cnn", 1, 28)]
    [InlineData("conv-small", 1, 28)]
    [InlineData("preact-resnet-18", 3, 32)]
    [InlineData("vgg-6", 3, 32)]
    public void An_image_has_almost_the_gradient_of_float64_in_bfloat16(string name, int channels, int side)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(5));
        using var network = Build(name, channels, side);
        // One begins with a last layer of zeros.
        foreach (var weight in network.parameters().Where(parameter => parameter.dim() == 2))
            nn.init.xavier_uniform_(weight);
        var images = rand(4, channels, side, side);
        var loss = new MarginLoss(tensor([1L, 2L, 3L, 4L]));
        network.to(ScalarType.BFloat16);
        FillFreedMemoryWithNaN();
        using var half = new Classifier(network, 10);
        var gradient = loss.At(half, images).Gradient.to(ScalarType.Float64).flatten(1);
        // The same weights.
        network.to(ScalarType.Float64);
        using var exact = new Classifier(network, 10);
        var expected = loss.At(exact, images.to(ScalarType.Float64)).Gradient.flatten(1);
        Assert.True(nn.functional.cosine_similarity(expected, gradient, 1).min().item<double>() > 0.97);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(43)]
    public void A_second_derivative_equals_that_in_float64(int rows)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(6));
        using var network = nn.Sequential(
            nn.Conv2d(16, 32, kernel_size: 3), nn.Softplus(), nn.Flatten(), nn.Linear(32 * 36, 1));
        var images = rand(rows, 16, 8, 8);
        FillFreedMemoryWithNaN();
        var single = SecondDerivative(network, images);
        network.to(ScalarType.Float64);
        var expected = SecondDerivative(network, images.to(ScalarType.Float64));
        Assert.True((single - expected).abs().max().item<double>() <= 1e-4 * expected.abs().max().item<double>());

        static Tensor SecondDerivative(Module network, Tensor images)
        {
            var (input, weight) = (images.detach().requires_grad_(), network.parameters().First());
            var gradient = GuardedCalls.Gradients(network.call(input).sum(), [input], createGraph: true)[0]!;
            return GuardedCalls.Gradients(gradient.square().sum(), [weight])[0]!;
        }
    }

    /// <summary>Whatever the processor computes.</summary>
    [Fact]
    public void A_network_is_at_risk_by_its_channels_and_precision_unless_it_pads_them()
    {
        using var scope = NewDisposeScope();
        Assert.Equal((false, true), Risks(nn.Sequential(nn.Conv2d(3, 32, kernel_size: 3))));
        Assert.Equal((false, false), Risks(nn.Sequential(nn.Conv2d(16, 32, kernel_size: 3))));
        Assert.Equal((true, true), Risks(nn.Sequential(nn.Conv2d(16, 20, kernel_size: 3))));
        Assert.Equal((true, true), Risks(nn.Sequential(nn.Conv2d(24, 32, kernel_size: 3))));
        Assert.Equal((false, false), Risks(new LeNet().Build(new(1, 28, 28), 10)));
        Assert.Equal((false, false), Risks(Build("vgg-6", 3, 32)));
        // What is beside a network that pads is not padded.
        Assert.Equal((false, true), Risks(nn.Sequential(nn.Conv2d(3, 16, kernel_size: 3), Build("vgg-6", 16, 32))));

        static (bool InFloat32, bool InBFloat16) Risks(Module network)
        {
            using (network)
            {
                IReadOnlyList<TorchSharp.torch.nn.Module> modules = [network, .. network.modules()];
                var single = OneDnn.AreAtRisk(modules);
                network.to(ScalarType.BFloat16);
                return (single, OneDnn.AreAtRisk(modules));
            }
        }
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(20, 50)]
    public void A_padded_convolution_has_the_outputs_and_gradients_of_float64(int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(7));
        using var convolution = nn.Conv2d(inputs, outputs, kernel_size: 3, stride: 2, padding: 1);
        var (images, factors) = (rand(3, inputs, 9, 9), rand(3, outputs, 5, 5));
        FillFreedMemoryWithNaN();
        var padded = Values(image => EvenChannels.Convolve(convolution, image), images, factors);
        convolution.to(ScalarType.Float64);
        var expected = Values(convolution.call, images.to(ScalarType.Float64), factors);
        foreach (var (exact, found) in expected.Zip(padded))
            TensorAssert.Close(exact, found, 1e-4);

        IReadOnlyList<Tensor> Values(Func<Tensor, Tensor> convolve, Tensor images, Tensor factors)
        {
            var input = images.detach().requires_grad_();
            var result = convolve(input);
            return [result, .. GuardedCalls.Gradients(
                (result * factors).sum(), [input, convolution.weight, convolution.bias!]).OfType<Tensor>()];
        }
    }

    [Fact]
    public void Bounds_of_a_network_that_pads_its_channels_equal_those_in_float64()
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(3));
        using var network = new LeNet().Build(new(1, 28, 28), 10);
        network.eval();
        var (images, labels) = (rand(2, 1, 28, 28), tensor([1L, 2L]));
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.01 };
        FillFreedMemoryWithNaN();
        using var classifier = new Classifier(network, 10);
        var single = Bounds(classifier, images);
        network.to(ScalarType.Float64);
        using var exact = new Classifier(network, 10);
        TensorAssert.Close(Bounds(exact, images.to(ScalarType.Float64)), single, 1e-3);

        // Before they are rounded outward.
        Tensor Bounds(Classifier classifier, Tensor images) =>
            NetworkBounds.ByIntervals(BoundGraph.Record(classifier), new(images, threat))
                .LowerByIntervals(MarginBounds.Specification(labels, 10, images));
    }

    private static Module Build(string name, int channels, int side)
    {
        var architecture = (IArchitecture)RecipeShape.Of(
            BuiltInComponents.Registry().Find(typeof(IArchitecture), name)!).BuildDefault();
        var network = architecture.Build(new(channels, side, side), 10);
        network.eval();
        return network;
    }

    /// <summary>What is read before it was written shows itself.</summary>
    private static void FillFreedMemoryWithNaN()
    {
        using var scope = NewDisposeScope();
        for (var length = 64L; length < 1 << 20; length += length / 2)
            full([length], float.NaN);
    }
}
