using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Models;

public sealed class ModelTests
{
    private static readonly ComponentRegistry Registry = new ComponentRegistry().Add(typeof(IArchitecture).Assembly);

    public static TheoryData<string> Names => [.. Registry.Names(typeof(IArchitecture))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Keys_shapes_and_count_equal_the_public_PyTorch_network(string name)
    {
        var expected = Fixture.Read("models.json").GetProperty(name);
        using var network = Build(name);
        var keys = expected.GetProperty("keys").EnumerateObject().ToDictionary(key => key.Name, key => Fixture.Numbers(key.Value).Select(size => (long)size).ToArray());
        Assert.Equal(keys.Keys, network.state_dict().Keys);
        Assert.All(network.state_dict(), pair => Assert.Equal(keys[pair.Key], pair.Value.shape));
        Assert.Equal(expected.GetProperty("parameters").GetInt64(), network.parameters().Sum(parameter => parameter.numel()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_and_gradients_equal_PyTorchs_for_the_same_weights(string name)
    {
        using var scope = NewDisposeScope();
        var expected = Fixture.Read("models.json").GetProperty(name);
        using var network = Build(name);
        network.eval();
        Fill(network);
        var images = (Wave(3 * 784, 0.5) / 2 + 0.5).reshape(3, 1, 28, 28).requires_grad_();
        var logits = network.call(images);
        nn.functional.cross_entropy(logits, tensor([1L, 5L, 7L])).backward();
        TensorAssert.Close(tensor(Fixture.Numbers(expected.GetProperty("logits"))).reshape(3, 10), logits.detach(), 1e-5);
        foreach (var (key, parameter) in network.named_parameters())
            Close(expected.GetProperty("gradientNorms").GetProperty(key).GetDouble(), parameter.grad!);
        Close(expected.GetProperty("imageGradientNorm").GetDouble(), images.grad!);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Initial_weights_are_a_function_of_the_seed(string name)
    {
        using var scope = NewDisposeScope();
        Tensor Weights(long seed)
        {
            GlobalGenerators.Seed(RandomKey.Of(seed));
            return cat([.. Build(name).parameters().Select(parameter => parameter.detach().flatten())], 0);
        }

        TensorAssert.Same(Weights(1), Weights(1));
        TensorAssert.Different(Weights(1), Weights(2));
    }

    [Fact]
    public void Small_cnn_begins_with_a_last_layer_of_zeros_and_no_convolution_bias()
    {
        using var network = Build("small-cnn");
        var parameters = network.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        foreach (var key in (string[])["classifier.fc3.weight", "classifier.fc3.bias", "feature_extractor.conv2.bias"])
            Assert.Equal(0, parameters[key].abs().sum().item<float>());
        // Kaiming: a deviation of √(2 / fan-in), here √(2 / 288) = 0.083.
        Assert.InRange(parameters["feature_extractor.conv3.weight"].std().item<float>(), 0.078f, 0.089f);
    }

    [Theory]
    [InlineData("conv-small", "Found images of 1×3×28, expected at least 4×4 pixels for conv-small.")]
    [InlineData("small-cnn", "Found images of 1×3×28, expected at least 14×14 pixels for small-cnn.")]
    public void Images_that_are_too_small_are_refused(string name, string message)
    {
        var exception = Assert.Throws<ArgumentException>(() => Make(name).Build(new(1, 3, 28), 10));
        Assert.Equal(message, exception.Message);
    }

    private static void Close(double expected, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, gradient.to(ScalarType.Float64).norm().item<double>(), expected * 1e-4);
    }

    private static IArchitecture Make(string name) => (IArchitecture)Activator.CreateInstance(Registry.Find(typeof(IArchitecture), name)!)!;

    private static Module Build(string name) => Make(name).Build(new(1, 28, 28), 10);

    private static void Fill(Module network)
    {
        using var noGrad = no_grad();
        var place = 0;
        foreach (var (_, value) in network.state_dict())
        {
            var fanIn = value.shape.Length > 1 ? value.numel() / value.shape[0] : 16;
            value.copy_(Wave(value.numel(), place++).reshape(value.shape) / Math.Sqrt(fanIn));
        }
    }

    private static Tensor Wave(long count, double phase) =>
        (arange(count, ScalarType.Float64) * 0.7 + phase).sin().to(ScalarType.Float32);
}
