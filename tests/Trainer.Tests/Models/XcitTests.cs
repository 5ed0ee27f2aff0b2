using TorchSharp;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;

namespace Trainer.Tests.Models;

/// <summary>The cross-covariance image transformer, for large and for small images.</summary>
public sealed class XcitTests
{
    private static readonly Xcit Tiny = new() { Dim = 16, Depth = 1, Heads = 2 };

    [Fact]
    public void With_a_thousand_classes_it_is_as_large_as_the_published_one() =>
        // The list's network has ten classes.
        Assert.Equal(26_253_304, KeyList.Read("xcit-s12").Parameters + (990 * (384 + 1)));

    [Theory]
    [InlineData(224, null, 16)]
    [InlineData(112, null, 16)]
    [InlineData(111, null, 4)]
    [InlineData(32, null, 4)]
    [InlineData(28, 1, 1)]
    [InlineData(1, null, 4)]
    public void Each_convolution_of_stride_2_doubles_the_side_of_a_patch(int side, int? patchSize, int expected)
    {
        using var scope = NewDisposeScope();
        using var network = (Tiny with { PatchSize = patchSize }).Build(new(1, side, side + 3), 3);
        network.eval();
        var strides = network.modules().OfType<TorchSharp.Modules.Conv2d>().Where(layer => layer.bias is null)
            .Select(layer => layer.stride[0]).ToList();
        Assert.Equal(4, strides.Count);
        Assert.Equal(strides.Order(), strides);
        Assert.Equal(expected, strides.Aggregate((product, stride) => product * stride));
        Assert.Equal([2, 3], network.call(zeros(2, 1, side, side + 3)).shape);
    }

    [Fact]
    public void It_begins_with_the_weights_of_timm()
    {
        using var scope = NewDisposeScope();
        using var network = (Tiny with { Dim = 64, LayerScale = 1e-5 }).Build(new(1, 32, 32), 10);
        var parameters = network.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        Assert.InRange(parameters["cls_token"].std().item<float>(), 0.014f, 0.026f);
        Assert.InRange(parameters["blocks.0.attn.qkv.weight"].std().item<float>(), 0.0194f, 0.0206f);
        Assert.InRange(parameters["cls_attn_blocks.1.attn.v.weight"].std().item<float>(), 0.019f, 0.021f);
        Assert.Equal(0, parameters["blocks.0.attn.qkv.bias"].abs().sum().item<float>());
        foreach (var key in (string[])
            ["blocks.0.gamma1", "blocks.0.gamma2", "blocks.0.gamma3", "cls_attn_blocks.1.gamma2"])
            Assert.Equal(1e-5f, parameters[key].unique().output.item<float>());
        Assert.Equal(1, parameters["blocks.0.attn.temperature"].unique().output.item<float>());
        // PyTorch's own: uniform, below 1 / √(3 · 3) and 1 / √64.
        Assert.InRange(parameters["blocks.0.local_mp.conv1.weight"].abs().max().item<float>(), 0.3f, 0.3334f);
        Assert.InRange(parameters["pos_embed.token_projection.weight"].abs().max().item<float>(), 0.12f, 0.1251f);
        Assert.True(parameters["blocks.0.local_mp.conv1.bias"].abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Drop_path_leaves_out_all_parts_of_every_block_but_those_of_class_attention()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var dropping = (Tiny with { Depth = 2, DropPath = 1 }).Build(new(1, 16, 16), 3);
        using var whole = (Tiny with { Depth = 2 }).Build(new(1, 16, 16), 3);
        foreach (var (parameter, from) in whole.parameters().Zip(dropping.parameters()))
            parameter.copy_(from.normal_());
        var images = rand(4, 1, 16, 16);
        var expected = dropping.call(images);
        TensorAssert.Different(expected, whole.call(images));
        foreach (var (name, parameter) in whole.named_parameters())
            if (name.StartsWith("blocks.", StringComparison.Ordinal)
                && name.Contains(".gamma", StringComparison.Ordinal))
                parameter.zero_();
        TensorAssert.Close(expected, whole.call(images), 1e-5);
    }

    [Theory]
    [InlineData("cls_token")]
    [InlineData("blocks.0.attn.temperature")]
    [InlineData("blocks.0.gamma3")]
    [InlineData("cls_attn_blocks.1.gamma1")]
    public void A_parameter_of_no_layer_is_still_used_after_a_change_of_precision(string key)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = Tiny.Build(new(1, 16, 16), 3);
        network.to(ScalarType.Float64);
        network.eval();
        var images = rand([2, 1, 16, 16], ScalarType.Float64);
        var before = network.call(images);
        Assert.Equal(ScalarType.Float64, before.dtype);
        var parameter = network.named_parameters().Single(pair => pair.name == key).parameter;
        parameter.copy_(rand_like(parameter) * 3);
        TensorAssert.Different(before, network.call(images));
    }

    [Fact]
    public void Sizes_that_do_not_fit_together_are_refused()
    {
        Assert.StartsWith("Found 32, expected 16, 8, 4, 2 or 1.", Assert.Throws<ArgumentOutOfRangeException>(
            () => new Xcit { PatchSize = 32 }).Message, StringComparison.Ordinal);
        Assert.Equal("Found a dim of 16 for xcit, expected a multiple of 8, for its stem, and of heads, which is 3.",
            Assert.Throws<ArgumentException>(() => (Tiny with { Heads = 3 }).Build(new(1, 32, 32), 3)).Message);
        Assert.StartsWith("Found a dim of 12 for xcit, expected a multiple of 8", Assert.Throws<ArgumentException>(
            () => (Tiny with { Dim = 12 }).Build(new(1, 32, 32), 3)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128, 4, 0)]
    [InlineData(128, 8, 1)]
    public void Weights_of_the_smallest_public_network_are_not_taken_for_these(int dim, int heads, int forms)
    {
        using var network = (Tiny with { Dim = dim, Heads = heads }).Build(new(3, 16, 16), 3);
        WeightShapes shapes = new(network.state_dict().ToDictionary(
            pair => pair.Key, pair => (IReadOnlyList<long>)pair.Value.shape));
        Assert.Equal(forms, new Xcit().FormsOf(shapes).Count());
    }

    [Fact]
    public void A_gradient_can_be_differentiated()
    {
        using var scope = NewDisposeScope();
        using var network = Tiny.Build(new(1, 16, 16), 3);
        var images = rand(2, 1, 16, 16).requires_grad_();
        var gradient = GuardedCalls.Gradients(network.call(images).square().sum(), [images], createGraph: true)[0];
        gradient!.square().sum().backward();
        foreach (var key in (string[])["head.weight", "blocks.0.attn.temperature", "blocks.0.attn.qkv.weight"])
            Assert.True(network.named_parameters().Single(pair => pair.name == key).parameter.grad!.abs().sum()
                .item<float>() > 0);
    }
}
