using TorchSharp;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Models;

/// <summary>Gradients of convolutions are right on whatever processor this is, for every number of channels.</summary>
public sealed class OneDnnTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(4, 8)]
    [InlineData(16, 20)]
    [InlineData(16, 36)]
    [InlineData(16, 32)]
    public void The_gradient_of_an_image_equals_that_in_float64(int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(1));
        using var network = nn.Sequential(nn.Conv2d(inputs, outputs, kernel_size: 3, padding: 1), nn.ReLU(), nn.Flatten(), nn.Linear(outputs * 256, 10));
        using var classifier = new Classifier(network, 10);
        var images = rand(3, inputs, 16, 16);
        var loss = new CrossEntropyGoal(tensor([1L, 2L, 3L]));
        var single = loss.Gradient(classifier, images);
        network.to(ScalarType.Float64);
        using var exact = new Classifier(network, 10);
        var expected = loss.Gradient(exact, images.to(ScalarType.Float64));
        Assert.True((single - expected).abs().max().item<double>() <= 1e-4 * expected.abs().max().item<double>());
    }
}
