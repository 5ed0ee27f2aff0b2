using TorchSharp;
using Trainer.Engine.Networks;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Parameters;

public sealed class FlatParametersTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_network_computes_the_same_before_and_after(bool channelsLast)
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var images = RandomSource.ForBatch(RandomKey.Of(1)).Uniform(zeros(2, 1, 28, 28));
        var (before, gradients) = Compute(network, images);
        foreach (var parameter in network.parameters())
            parameter.grad!.zero_();
        using var flat = new FlatParameters(network, channelsLast);
        var (after, flatGradients) = Compute(network, images);
        TensorAssert.Close(before, after, 1e-6);
        foreach (var (expected, actual) in gradients.Zip(flatGradients))
            TensorAssert.Close(expected, actual, 1e-6);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(1000)]
    public void Clipping_scales_gradients_as_PyTorchs_function_does(double limit)
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network);
        Compute(network, ones(2, 1, 28, 28));
        var before = flat.Gradients.clone();
        flat.ClipGradients(flat.Gradients.norm(), limit);
        var factor = Math.Min(1, limit / (before.norm().item<float>() + 1e-6));
        TensorAssert.Close(before * factor, flat.Gradients, 1e-7);
        Assert.Equal(limit < 1, factor < 1);
    }

    [Fact]
    public void Parameters_and_gradients_are_views_of_the_buffers()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network, channelsLast: true);
        using (no_grad())
            flat.Values.fill_(0.25);
        Assert.All(network.parameters(), parameter => Assert.True(parameter.eq(0.25).all().item<bool>()));
        Compute(network, zeros(1, 1, 28, 28))
            .Gradients.ForEach(gradient => Assert.True(gradient.shape.Length > 0));
        var last = network.parameters().Last();
        Assert.True(last.grad!.abs().sum().item<float>() > 0);
        flat.Gradients.zero_();
        Assert.Equal(0, last.grad!.abs().sum().item<float>());
        flat.Verify();
    }

    [Fact]
    public void Segments_begin_on_64_byte_boundaries_with_zeros_between()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network);
        Assert.All(flat.Layout.Segments, segment => Assert.Equal(0, segment.Offset * 2 % 64));
        Assert.Equal(["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias",
            "fc2.weight", "fc2.bias"], flat.Layout.Segments.Select(segment => segment.Key));
        var inSegments = flat.Layout.Segments.Sum(segment => segment.Of(flat.Values).abs().sum().item<float>());
        Assert.Equal(inSegments, flat.Values.abs().sum().item<float>(), 1e-2f);
    }

    [Fact]
    public void Verify_names_a_parameter_that_left_the_buffer()
    {
        using var network = Network();
        using var flat = new FlatParameters(network);
        flat.Verify();
        network.zero_grad();
        var exception = Assert.Throws<InvalidOperationException>(flat.Verify);
        Assert.StartsWith(
            "The parameter conv1.weight left the flat buffer", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_sees_a_module_that_was_moved_to_another_dtype()
    {
        using var network = Network();
        using var flat = new FlatParameters(network);
        network.to(ScalarType.Float64);
        Assert.Throws<InvalidOperationException>(flat.Verify);
    }

    private static Module Network()
    {
        GlobalGenerators.Seed(RandomKey.Of(0));
        return new ConvSmall().Build(new(1, 28, 28), 10);
    }

    private static (Tensor Logits, List<Tensor> Gradients) Compute(Module network, Tensor images)
    {
        var logits = network.call(images);
        nn.functional.cross_entropy(logits, ones(images.shape[0], ScalarType.Int64)).backward();
        return (logits.detach().clone(), [.. network.parameters().Select(parameter => parameter.grad!.clone())]);
    }
}
