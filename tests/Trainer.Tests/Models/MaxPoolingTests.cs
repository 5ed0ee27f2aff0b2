using Trainer.Robustness.Models;

namespace Trainer.Tests.Models;

/// <summary>A pooling has libtorch's own values and gradients.</summary>
public sealed class MaxPoolingTests
{
    [Theory]
    [InlineData(2, 3, 8, 8)]
    [InlineData(1, 20, 7, 9)]
    [InlineData(3, 1, 2, 5)]
    public void Values_and_gradients_are_those_of_libtorch_also_of_equal_pixels(
        int rows, int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var pooling = nn.MaxPool2d(2);
        // Whole numbers, so that many windows have two equal maxima.
        var images = randint(0, 4, [rows, channels, height, width], generator: generator).to(ScalarType.Float32);
        images[0, 0, 1, 1] = float.NaN;
        var weights = rand([rows, channels, height / 2, width / 2], generator: generator);
        Assert.True(MaxPooling.Fits(pooling));
        Assert.Equal(Values(pooling.call(images)), Values(MaxPooling.Pool(pooling, images)));

        var (expected, expectedGradient) = Differentiate(pooling.call);
        var (pooled, gradient) = Differentiate(input => MaxPooling.Pool(pooling, input));
        Assert.Equal(Values(expected), Values(pooled));
        Assert.Equal(Values(expectedGradient), Values(gradient));
        Assert.True(pooled.is_contiguous());

        (Tensor Pooled, Tensor Gradient) Differentiate(Func<Tensor, Tensor> pool)
        {
            var input = images.detach().requires_grad_();
            var output = pool(input);
            return (output.detach(), autograd.grad([output], [input], [weights])[0]);
        }

        float[] Values(Tensor pixels) => [.. pixels.contiguous().data<float>()];
    }

    [Fact]
    public void Other_poolings_are_left_to_libtorch()
    {
        using var scope = NewDisposeScope();
        Assert.False(MaxPooling.Fits(nn.MaxPool2d(3)));
        Assert.False(MaxPooling.Fits(nn.MaxPool2d(2, 1)));
        Assert.False(MaxPooling.Fits(nn.MaxPool2d(2, 2, 1)));
        Assert.False(MaxPooling.Fits(nn.MaxPool2d(2, 2, ceil_mode: true)));
        Assert.False(MaxPooling.Fits(nn.MaxPool2d((2, 3), (2, 2))));
        Assert.True(MaxPooling.Fits(nn.MaxPool2d((2, 2), (2, 2))));
    }
}
