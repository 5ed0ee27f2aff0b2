using Trainer.Robustness.Models;
using Trainer.Robustness.Native;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Models;

public sealed class SpaceToDepthTests
{
    [Theory]
    [InlineData(1, 28, 28)]
    [InlineData(3, 9, 12)]
    [InlineData(2, 4, 7)]
    [InlineData(5, 6, 6)]
    public void Values_and_gradients_equal_those_of_the_convolution(int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(3));
        using var convolution = nn.Conv2d(channels, 5, kernel_size: 4, stride: 2, padding: 1);
        OneDnn.DisableIfWrongFor([convolution]);
        var images = rand(2, channels, height, width).requires_grad_();
        var expected = convolution.call(images);
        var upstream = randn_like(expected);
        Tensor[] leaves = [images, .. convolution.parameters()];
        var gradients = autograd.grad([expected], leaves, [upstream]);

        var actual = SpaceToDepth.Convolve(convolution, images);

        TensorAssert.Close(expected.detach(), actual.detach(), 1e-5);
        foreach (var (one, other) in gradients.Zip(autograd.grad([actual], leaves, [upstream])))
            TensorAssert.Close(one, other, 1e-4);
    }

    [Theory]
    [InlineData(1, 28, 28)]
    [InlineData(3, 8, 12)]
    public void The_transposed_convolution_is_the_gradient_of_the_inputs_and_has_gradients_itself(
        int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(RandomKey.Of(4));
        using var convolution = nn.Conv2d(channels, 16, kernel_size: 4, stride: 2, padding: 1);
        var images = rand(2, channels, height, width).requires_grad_();
        var outputs = convolution.call(images);
        var upstream = randn_like(outputs);
        var expected = autograd.grad([outputs], [images], [upstream])[0];
        TensorAssert.Close(expected, SpaceToDepth.Transpose(convolution, upstream), 1e-4);

        upstream.requires_grad_();
        var transposed = SpaceToDepth.Transpose(convolution, upstream);
        TensorAssert.Close(expected, transposed.detach(), 1e-4);
        // The transposed of the transposed convolution is the convolution, without its bias.
        var gradient = autograd.grad([transposed], [upstream], [images.detach()])[0];
        TensorAssert.Close(
            (outputs - convolution.bias!.reshape(1, -1, 1, 1)).detach(), gradient, 1e-4);
    }
}
