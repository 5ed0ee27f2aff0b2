using Trainer.Engine.Data;

namespace Trainer.Tests.Data;

public sealed class LayoutDoubtTests
{
    [Theory]
    [InlineData(28, 28, 1, "nhwc")]
    [InlineData(32, 32, 3, "nhwc")]
    [InlineData(32, 3, 32, "nchw")]
    public void Images_read_in_another_layout_are_doubted(int channels, int height, int width, string other)
    {
        var doubt = LayoutDoubt.Of(new(channels, height, width));
        Assert.Contains($"{channels} channels of {height}×{width} pixels", doubt, StringComparison.Ordinal);
        Assert.Contains($"set data.layout to {other}", doubt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 28, 28)]
    [InlineData(3, 32, 3)]
    [InlineData(4, 32, 32)]
    public void Other_images_are_not_doubted(int channels, int height, int width) =>
        Assert.Null(LayoutDoubt.Of(new(channels, height, width)));
}
