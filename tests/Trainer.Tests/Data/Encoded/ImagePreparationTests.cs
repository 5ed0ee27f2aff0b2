using Trainer.Engine.Data.Encoded;

namespace Trainer.Tests.Data.Encoded;

/// <summary>Resizing, cropping and grey, bit for bit as Pillow and torchvision have them.</summary>
public sealed class ImagePreparationTests
{
    [Theory]
    [InlineData("rgb.png")]
    [InlineData("palette.png")]
    public void Images_are_resized_as_Pillow_resizes_them(string name)
    {
        var image = PillowImages.Decode(name);
        Assert.Equal(PillowImages.Expected(name, "smaller"), BilinearResize.ShorterSide(image, 10, new()).Values);
        Assert.Equal(PillowImages.Expected(name, "larger"), BilinearResize.ShorterSide(image, 40, new()).Values);
        Assert.Equal(PillowImages.Expected(name, "odd"), BilinearResize.Run(image, 7, 31, new()).Values);
        Assert.Same(image, BilinearResize.ShorterSide(image, 17, new()));
    }

    [Theory]
    [InlineData(23, 17, 10, 13, 10)]
    [InlineData(17, 23, 10, 10, 13)]
    [InlineData(500, 375, 256, 341, 256)]
    [InlineData(4, 4, 9, 9, 9)]
    public void The_shorter_side_gets_the_length_and_the_other_is_rounded_down(
        int width, int height, int length, int newWidth, int newHeight)
    {
        var resized = BilinearResize.ShorterSide(
            new(new byte[width * height], width, height, 1), length, new());
        Assert.Equal((newWidth, newHeight, newWidth * newHeight), (resized.Width, resized.Height,
            resized.Pixels.Length));
    }

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("palette.png")]
    public void The_middle_and_grey_are_those_of_torchvision_and_Pillow(string name)
    {
        Assert.Equal(PillowImages.Expected(name, "middle"), Prepare(name, null, 9, false).Values);
        Assert.Equal(PillowImages.Expected(name, "resizedMiddle"), Prepare(name, 10, 9, false).Values);
        Assert.Equal(PillowImages.Expected(name, "grey"), Prepare(name, null, null, true).Values);
        Assert.Equal(PillowImages.Expected(name, "greySmaller"), Prepare(name, 10, null, true).Values);
    }

    [Fact]
    public void Planes_have_the_channels_one_after_the_other()
    {
        Assert.Equal([1, 4, 7, 2, 5, 8, 3, 6, 9], PillowImages.Planes(new([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 1, 3)));
        Assert.Equal([1, 2, 3], PillowImages.Planes(new([1, 2, 3], 3, 1, 1)));
    }

    [Fact]
    public void A_crop_beyond_the_image_is_refused()
    {
        Assert.Equal(
            "is an image of 23×17 pixels, expected at least 18×18, of which data.crop takes the middle",
            Assert.Throws<CropException>(() => Prepare("rgb.png", null, 18, false)).Message);
        Assert.Equal(
            "is an image of 13×10 pixels after data.resize, expected at least 11×11, of which data.crop takes the "
            + "middle",
            Assert.Throws<CropException>(() => Prepare("rgb.png", 10, 11, false)).Message);
    }

    private static Raster Prepare(string name, int? resize, int? crop, bool grey) =>
        new ImagePreparation(resize, crop, grey).Prepare(File.ReadAllBytes(PillowImages.At(name)), new());
}
