using TorchSharp;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;

namespace Trainer.Tests.Models;

/// <summary>ConvNeXt and the vision transformer, whose convolutional stem is for large and for small images.</summary>
public sealed class ConvolutionalStemTests
{
    private static readonly ConvNeXt TinyConvNeXt = new() { Depths = [1, 1, 1, 1], Dims = [8, 8, 8, 8] };
    private static readonly VisionTransformer TinyTransformer = new()
    {
        Dim = 8,
        Depth = 1,
        HeadDim = 4,
        StemWidth = 2,
    };

    [Theory]
    [InlineData("convnext-t-cvst", 768, 28_627_432)]
    [InlineData("vit-s-cvst", 384, 22_777_576)]
    public void With_a_thousand_classes_they_are_as_large_as_the_published_ones(
        string name, long channels, long expected) =>
        // The list's network has ten classes.
        Assert.Equal(expected, KeyList.Read(name).Parameters + (990 * (channels + 1)));

    [Theory]
    [InlineData(224, null, 14 * 14)]
    [InlineData(112, null, 7 * 7)]
    [InlineData(111, null, 28 * 28)]
    [InlineData(32, null, 8 * 8)]
    [InlineData(28, null, 7 * 7)]
    [InlineData(1, null, 1)]
    [InlineData(28, 16, 2 * 2)]
    [InlineData(28, 8, 4 * 4)]
    [InlineData(9, 2, 5 * 5)]
    [InlineData(9, 1, 9 * 9)]
    public void A_patch_of_the_images_becomes_one_token(int side, int? patchSize, long tokens)
    {
        using var scope = NewDisposeScope();
        using var network = (TinyTransformer with { PatchSize = patchSize }).Build(new(1, side, side), 3);
        var positions = network.named_parameters().Single(pair => pair.name == "pos_embed").parameter;
        Assert.Equal([1, 1 + tokens, 8], positions.shape);
        Assert.Equal([2, 3], network.call(zeros(2, 1, side, side)).shape);
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(15, 2)]
    [InlineData(29, 4)]
    public void Convnext_takes_the_smallest_images_of_a_patch_size_and_refuses_smaller_ones(int side, int patchSize)
    {
        using var scope = NewDisposeScope();
        var model = TinyConvNeXt with { PatchSize = patchSize };
        using var network = model.Build(new(1, side, side + 3), 3);
        Assert.Equal([2, 3], network.call(zeros(2, 1, side, side + 3)).shape);
        var refused = Assert.Throws<ArgumentException>(() => model.Build(new(1, side + 3, side - 1), 3));
        Assert.Equal($"Found images of 1×{side + 3}×{side - 1}, expected at least {side}×{side} pixels for convnext "
            + $"with a patch size of {patchSize}.", refused.Message);
    }

    [Fact]
    public void Convnext_has_patches_of_two_pixels_on_small_images_and_of_four_on_large_ones()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (side, patchSize, other) in ((int, int, int)[])[(32, 2, 4), (111, 2, 4), (112, 4, 2)])
        {
            using var network = TinyConvNeXt.Build(new(1, side, side), 3);
            using var same = (TinyConvNeXt with { PatchSize = patchSize }).Build(new(1, side, side), 3);
            using var different = (TinyConvNeXt with { PatchSize = other }).Build(new(1, side, side), 3);
            foreach (var copy in (Module[])[same, different])
                foreach (var (parameter, from) in copy.parameters().Zip(network.parameters()))
                    parameter.copy_(from);
            var images = rand(1, 1, side, side);
            TensorAssert.Same(network.call(images), same.call(images));
            TensorAssert.Different(network.call(images), different.call(images));
        }
    }

    [Fact]
    public void They_begin_with_the_weights_of_timm()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var convnext = (TinyConvNeXt with { Dims = [16, 16, 16, 64] }).Build(new(1, 32, 32), 10);
        var parameters = convnext.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        Assert.Equal(1e-6f, parameters["stages.0.blocks.0.gamma"].mean().item<float>(), 1e-9f);
        Assert.InRange(parameters["stages.3.blocks.0.mlp.fc1.weight"].std().item<float>(), 0.0194f, 0.0206f);
        foreach (var key in (string[])["stages.3.blocks.0.conv_dw.bias", "stages.1.downsample.1.bias", "head.fc.bias"])
            Assert.Equal(0, parameters[key].abs().sum().item<float>());
        // PyTorch's own: uniform, below 1 / √(3 · 3).
        Assert.InRange(parameters["stem.stem.0.weight"].abs().max().item<float>(), 0.2f, 0.3334f);

        using var transformer = (TinyTransformer with { Dim = 64 }).Build(new(1, 32, 32), 10);
        parameters = transformer.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        Assert.InRange(parameters["pos_embed"].std().item<float>(), 0.0185f, 0.0215f);
        Assert.InRange(parameters["cls_token"].abs().max().item<float>(), 1e-7f, 1e-5f);
        Assert.InRange(parameters["blocks.0.attn.qkv.weight"].std().item<float>(), 0.0194f, 0.0206f);
        Assert.Equal(0, parameters["blocks.0.attn.qkv.bias"].abs().sum().item<float>());
    }

    [Theory]
    [InlineData("stages.2.blocks.0.gamma")]
    [InlineData("cls_token")]
    [InlineData("pos_embed")]
    public void A_parameter_of_no_layer_is_still_used_after_a_change_of_precision(string key)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        IArchitecture model = key.Contains("gamma", StringComparison.Ordinal) ? TinyConvNeXt : TinyTransformer;
        using var network = model.Build(new(1, 16, 16), 3);
        network.to(ScalarType.Float64);
        var images = rand([2, 1, 16, 16], ScalarType.Float64);
        var before = network.call(images);
        Assert.Equal(ScalarType.Float64, before.dtype);
        var parameter = network.named_parameters().Single(pair => pair.name == key).parameter;
        parameter.copy_(rand_like(parameter));
        TensorAssert.Different(before, network.call(images));
    }

    [Fact]
    public void Blocks_are_dropped_more_often_from_the_first_to_the_last() => Assert.Equal(
        [0, 0.1, 0.2, 0.3], TransformerInitialisation.DropPaths(0.3, 4).Select(rate => Math.Round(rate, 12)));

    [Fact]
    public void Sizes_that_do_not_fit_together_are_refused()
    {
        Assert.StartsWith("Found [8, 8, 8], expected 4 numbers, one for each stage.", Assert.Throws<ArgumentException>(
            () => new ConvNeXt { Dims = [8, 8, 8] }).Message, StringComparison.Ordinal);
        Assert.StartsWith("Found 3, expected 4, 2 or 1.", Assert.Throws<ArgumentOutOfRangeException>(
            () => new ConvNeXt { PatchSize = 3 }).Message, StringComparison.Ordinal);
        Assert.StartsWith("Found 32, expected 16, 8, 4, 2 or 1.", Assert.Throws<ArgumentOutOfRangeException>(
            () => new VisionTransformer { PatchSize = 32 }).Message, StringComparison.Ordinal);
        var uneven = TinyConvNeXt with { Dims = [6, 8, 8, 8], StemConvolutions = 3 };
        Assert.Equal("Found 6 channels in the first stage of convnext, expected a multiple of 4, for a stem of 3 "
            + "convolutions.", Assert.Throws<ArgumentException>(() => uneven.Build(new(1, 32, 32), 3)).Message);
        Assert.Equal("Found a dim of 8 for vit, expected a multiple of headDim, which is 3.",
            Assert.Throws<ArgumentException>(() =>
            (TinyTransformer with { HeadDim = 3 }).Build(new(1, 32, 32), 3)).Message);
    }

    [Fact]
    public void A_gradient_can_be_differentiated()
    {
        using var scope = NewDisposeScope();
        foreach (var model in (IArchitecture[])[TinyConvNeXt, TinyTransformer])
        {
            using var network = model.Build(new(1, 16, 16), 3);
            var images = rand(2, 1, 16, 16).requires_grad_();
            var gradient = GuardedCalls.Gradients(network.call(images).square().sum(), [images], createGraph: true)[0];
            gradient!.square().sum().backward();
            var head = network.parameters().Last(parameter => parameter.dim() == 2);
            Assert.True(head.grad!.abs().sum().item<float>() > 0);
        }
    }
}
