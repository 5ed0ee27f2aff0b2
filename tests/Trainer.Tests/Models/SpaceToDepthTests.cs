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
}
