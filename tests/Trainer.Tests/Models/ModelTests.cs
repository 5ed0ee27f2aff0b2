using System.Text.Json;
using Trainer.Engine;
using Trainer.Engine.Networks;
using Trainer.Recipes;
using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Models;

public sealed class ModelTests
{
    private static readonly ComponentRegistry Registry = BuiltInComponents.Registry();

    /// <summary>The networks of Fixtures/make_model_fixture.py.</summary>
    public static TheoryData<string> Names =>
        [.. Fixture.Read("models.json").EnumerateObject().Select(network => network.Name)];

    [Fact]
    public void Every_registered_network_is_compared_with_PyTorchs()
    {
        var compared = Fixture.Read("models.json").EnumerateObject()
            .Select(network => network.Value.GetProperty("model").GetProperty("type").GetString()!);
        Assert.Equal(Registry.Names(typeof(IArchitecture)), compared.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Keys_shapes_and_count_equal_the_PyTorch_network(string name)
    {
        var expected = Fixture.Read("models.json").GetProperty(name);
        using var network = Build(expected);
        var keys = expected.GetProperty("keys").EnumerateObject()
            .ToDictionary(key => key.Name, key => Fixture.Numbers(key.Value).Select(size => (long)size).ToArray());
        Assert.Equal(keys.Keys, StateLoader.Tensors(network).Select(item => item.Key));
        Assert.All(StateLoader.Tensors(network), item => Assert.Equal(keys[item.Key], item.Tensor.shape));
        Assert.Equal(
            expected.GetProperty("parameters").GetInt64(), network.parameters().Sum(parameter => parameter.numel()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_and_gradients_equal_PyTorchs_for_the_same_weights(string name)
    {
        using var scope = NewDisposeScope();
        var expected = Fixture.Read("models.json").GetProperty(name);
        using var network = Build(expected);
        network.eval();
        Fill(network);
        var images = Images(expected).requires_grad_();
        var logits = Classifier(expected, network).Logits(images);
        nn.functional.cross_entropy(logits, tensor([1L, 5L, 7L])).backward();
        TensorAssert.Close(
            tensor(Fixture.Numbers(expected.GetProperty("logits"))).reshape(3, 10), logits.detach(), 1e-5);
        foreach (var (key, parameter) in network.named_parameters())
            Close(expected.GetProperty("gradientNorms").GetProperty(key).GetDouble(), parameter.grad);
        Close(expected.GetProperty("imageGradientNorm").GetDouble(), images.grad);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Training_uses_and_updates_the_statistics_as_PyTorch_does(string name)
    {
        using var scope = NewDisposeScope();
        var expected = Fixture.Read("models.json").GetProperty(name);
        using var network = Build(expected);
        var buffers = network.named_buffers().ToDictionary(pair => pair.name, pair => pair.buffer);
        if (!expected.TryGetProperty("bufferNorms", out var norms))
        {
            Assert.Empty(buffers);
            return;
        }
        Fill(network);
        using var noGrad = no_grad();
        var logits = Classifier(expected, network).Logits(Images(expected));
        TensorAssert.Close(
            tensor(Fixture.Numbers(expected.GetProperty("trainingLogits"))).reshape(3, 10), logits, 1e-4);
        Assert.Equal(norms.EnumerateObject().Select(norm => norm.Name).Order(), buffers.Keys.Order());
        foreach (var norm in norms.EnumerateObject())
            Close(norm.Value.GetDouble(), buffers[norm.Name]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Initial_weights_are_a_function_of_the_seed(string name)
    {
        using var scope = NewDisposeScope();
        var model = Fixture.Read("models.json").GetProperty(name);
        Tensor Weights(long seed)
        {
            GlobalGenerators.Seed(RandomKey.Of(seed));
            return cat([.. Build(model).parameters().Select(parameter => parameter.detach().flatten())], 0);
        }

        TensorAssert.Same(Weights(1), Weights(1));
        TensorAssert.Different(Weights(1), Weights(2));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_forward_leaves_no_tensors_but_its_result(string name)
    {
        var expected = Fixture.Read("models.json").GetProperty(name);
        using var outer = NewDisposeScope();
        using var network = Build(expected);
        var images = Images(expected);
        using var scope = NewDisposeScope();
        _ = network.call(images);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void Small_cnn_begins_with_a_last_layer_of_zeros_and_no_convolution_bias()
    {
        using var network = Make("""{ "type": "small-cnn" }""").Build(new(1, 28, 28), 10);
        var parameters = network.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        foreach (var key in (string[])["classifier.fc3.weight", "classifier.fc3.bias", "feature_extractor.conv2.bias"])
            Assert.Equal(0, parameters[key].abs().sum().item<float>());
        // Kaiming: a deviation of √(2 / fan-in), here √(2 / 288) = 0.083.
        Assert.InRange(parameters["feature_extractor.conv3.weight"].std().item<float>(), 0.078f, 0.089f);
    }

    [Theory]
    [InlineData("wide-resnet", "block2.layer.0.conv1.weight", "fc.bias")]
    [InlineData("deepmind-wide-resnet", "layer.1.block.0.conv_0.weight", "logits.bias")]
    public void Wide_networks_begin_with_convolutions_scaled_by_their_outputs(
        string type, string convolution, string bias)
    {
        using var network = Make($$"""{ "type": "{{type}}", "depth": 10, "width": 2 }""").Build(new(3, 32, 32), 10);
        var parameters = network.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        Assert.Equal([64, 32, 3, 3], parameters[convolution].shape);
        // √(2 / (9 · 64)) = 0.0589 over 18,432 values; PyTorch's own would be uniform, of deviation 1 / √(3 · 288) =
        // 0.034.
        Assert.InRange(parameters[convolution].std().item<float>(), 0.0575f, 0.0605f);
        Assert.Equal(0, parameters[bias].abs().sum().item<float>());
    }

    [Theory]
    [InlineData("conv-small", "Found images of 1×3×28, expected at least 4×4 pixels for conv-small.")]
    [InlineData("conv-small-bn", "Found images of 1×3×28, expected at least 4×4 pixels for conv-small-bn.")]
    [InlineData("small-cnn", "Found images of 1×3×28, expected at least 16×16 pixels for small-cnn.")]
    [InlineData("convnext",
        "Found images of 1×3×28, expected at least 15×15 pixels for convnext with a patch size of 2.")]
    public void Images_that_are_too_small_are_refused(string name, string message)
    {
        var exception = Assert.Throws<ArgumentException>(() => Make($$"""{ "type": "{{name}}" }""").Build(new(1, 3, 28), 10));
        Assert.Equal(message, exception.Message);
    }

    [Theory]
    [InlineData("conv-small", 4)]
    [InlineData("conv-small-bn", 4)]
    [InlineData("small-cnn", 16)]
    public void The_smallest_images_have_logits(string name, int side)
    {
        using var scope = NewDisposeScope();
        using var network = Make($$"""{ "type": "{{name}}" }""").Build(new(1, side, side), 10);
        Assert.Equal([2, 10], network.call(zeros(2, 1, side, side)).shape);
    }

    [Theory]
    [InlineData("wide-resnet")]
    [InlineData("deepmind-wide-resnet")]
    public void A_depth_that_no_number_of_blocks_gives_is_refused(string type)
    {
        var exception = Assert.ThrowsAny<Exception>(() => Make($$"""{ "type": "{{type}}", "depth": 30 }"""));
        Assert.Contains(
            "found 30, expected 4 and a multiple of 6, such as 28 or 34", exception.Message, StringComparison.Ordinal);
    }

    private static void Close(double expected, Tensor? values)
    {
        using var scope = NewDisposeScope();
        // Small gradients are what is left of terms that cancel: their rounding differs between processors.
        Assert.Equal(expected, values?.to(ScalarType.Float64).norm().item<double>() ?? 0, (expected + 1e-3) * 1e-4);
    }

    private static IArchitecture Make(string json) => RecipeLoader.FromText<ModelAlone>($$"""{ "model": {{json}} }""", "test", Registry).Value.Model;

    internal static Module Build(JsonElement expected) =>
        Make(expected.GetProperty("model").GetRawText())
        .Build(KeyList.Shape(Fixture.Numbers(expected.GetProperty("images"))), 10);

    /// <summary>With the normalisation that the network brings along.</summary>
    internal static Robustness.Classifier Classifier(JsonElement expected, Module network) =>
        new(network, 10, Make(expected.GetProperty("model").GetRawText()).Normalisation);

    internal static Tensor Images(JsonElement expected)
    {
        var shape = KeyList.Shape(Fixture.Numbers(expected.GetProperty("images")));
        return (Wave(3 * shape.Channels * shape.Height * shape.Width, 0.5) / 2 + 0.5)
            .reshape(3, shape.Channels, shape.Height, shape.Width);
    }

    internal static void Fill(Module network)
    {
        using var noGrad = no_grad();
        var place = 0;
        foreach (var (key, value) in StateLoader.Tensors(network))
        {
            var values = Wave(value.numel(), place++).reshape(value.shape);
            var fanIn = value.shape.Length > 1 ? value.numel() / value.shape[0] : 16;
            value.copy_(
                key.EndsWith("num_batches_tracked", StringComparison.Ordinal) ? tensor(3L)
                : key.EndsWith("running_var", StringComparison.Ordinal) ? values + 6
                : key.EndsWith("weight", StringComparison.Ordinal) && value.shape.Length == 1 ? values / 4 + 1
                : values / Math.Sqrt(fanIn));
        }
    }

    private static Tensor Wave(long count, double phase) =>
        (arange(count, ScalarType.Float64) * 0.7 + phase).sin().to(ScalarType.Float32);
}
