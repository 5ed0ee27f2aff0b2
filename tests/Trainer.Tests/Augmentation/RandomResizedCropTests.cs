using TorchSharp;
using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Encoded;
using Trainer.Robustness.Random;
using Trainer.Tests.Data.Encoded;

namespace Trainer.Tests.Augmentation;

public sealed class RandomResizedCropTests : IDisposable
{
    private const int Height = 17, Width = 23;
    private static readonly RandomKey Key = RandomKey.Of(5);
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void The_first_attempt_that_fits_is_resized_as_Pillow_resizes_it_to_a_level()
    {
        const int rows = 40;
        var image = PillowImages.Decode("rgb.png");
        var crop = new RandomResizedCrop { MinScale = 0.3, MaxScale = 1, MinRatio = 0.5, MaxRatio = 3 };
        var result = Apply(crop, image, rows).mul(255).to(ScalarType.Float64);
        var draws = RandomSource.ForBatch(Key);
        var (areas, ratios) = (Draw(draws, rows, 10), Draw(draws, rows, 10));
        var (tops, lefts) = (Draw(draws, rows, 1), Draw(draws, rows, 1));
        var later = 0;
        foreach (var row in Enumerable.Range(0, rows))
        {
            var attempts = Enumerable.Range(10 * row, 10)
                .Select(draw => Size(0.3 + 0.7 * areas[draw], 0.5 * Math.Pow(6, ratios[draw]))).ToList();
            var first = attempts.FindIndex(size => size is { Height: <= Height, Width: <= Width });
            later += first > 0 ? 1 : 0;
            var (height, width) = attempts[first];
            var place = ((int)(tops[row] * (Height - height + 1)), (int)(lefts[row] * (Width - width + 1)));
            Assert.InRange(Distance(image, place, (height, width), result[row]), 0, 1.01);
        }
        Assert.InRange(later, 5, rows);
    }

    [Fact]
    public void The_whole_image_is_itself()
    {
        var image = PillowImages.Decode("rgb.png");
        var ratio = (double)Width / Height;
        var whole = new RandomResizedCrop { MinScale = 1, MaxScale = 1, MinRatio = ratio, MaxRatio = ratio };
        TensorAssert.Close(Batch(image, 1), Apply(whole, image, 1), 1e-6);
    }

    [Theory]
    [InlineData(3.0, 4.0, 8, 23)] // wider than the image: all columns, and 23 / 3 rows
    [InlineData(0.2, 0.25, 17, 4)] // narrower: all rows, and 17 * 0.25 columns
    public void Where_no_attempt_fits_the_middle_is_as_large_as_the_ratios_allow(
        double minRatio, double maxRatio, int height, int width)
    {
        var image = PillowImages.Decode("rgb.png");
        var crop = new RandomResizedCrop { MinScale = 1, MaxScale = 1, MinRatio = minRatio, MaxRatio = maxRatio };
        var place = ((Height - height) / 2, (Width - width) / 2);
        var result = Apply(crop, image, 1).mul(255).to(ScalarType.Float64);
        Assert.InRange(Distance(image, place, (height, width), result[0]), 0, 1.01);
    }

    [Fact]
    public void Parts_differ_between_images_and_are_a_function_of_the_key()
    {
        var image = PillowImages.Decode("rgb.png");
        var result = Apply(new(), image, 4);
        TensorAssert.Same(result, Apply(new(), image, 4));
        TensorAssert.Different(result[0], result[1]);
        Assert.InRange(result.min().item<float>(), 0, 1);
        Assert.InRange(result.max().item<float>(), 0, 1);
    }

    private static (int Height, int Width) Size(double share, double ratio) =>
        ((int)Math.Round(Math.Sqrt(share * Height * Width / ratio)),
        (int)Math.Round(Math.Sqrt(share * Height * Width * ratio)));

    private static float[] Draw(RandomSource draws, int rows, int count) =>
        draws.Uniform(empty(rows, count, 1, 1)).data<float>().ToArray();

    /// <summary>The largest difference from a part that is cut out and resized, in levels.</summary>
    private static double Distance(
        Raster image, (int Top, int Left) place, (int Height, int Width) size, Tensor result)
    {
        var pixels = new byte[size.Height * size.Width * 3];
        for (var row = 0; row < size.Height; row++)
            image.Pixels.AsSpan(((place.Top + row) * Width + place.Left) * 3, size.Width * 3)
                .CopyTo(pixels.AsSpan(row * size.Width * 3));
        var resized = BilinearResize.Run(new(pixels, size.Width, size.Height, 3), Width, Height, new());
        using var expected = tensor(PillowImages.Planes(resized)).reshape(3, Height, Width);
        return (expected - result).abs().max().item<double>();
    }

    private static Tensor Apply(RandomResizedCrop crop, Raster image, int rows) =>
        crop.Apply(new(Batch(image, rows), zeros(rows, ScalarType.Int64), 2), RandomSource.ForBatch(Key)).Images;

    private static Tensor Batch(Raster image, int rows) =>
        tensor(PillowImages.Planes(image)).reshape(1, image.Channels, image.Height, image.Width)
            .to(ScalarType.Float32).div(255)
        .repeat(rows, 1, 1, 1);
}
