using System.Buffers.Binary;
using Trainer.Engine.Data.Encoded;

namespace Trainer.Tests.Data.Encoded;

public sealed class ImageDecoderTests
{
    [Theory]
    [InlineData("rgb.png")]
    [InlineData("grey.png")]
    [InlineData("alpha.png")]
    [InlineData("grey-alpha.png")]
    [InlineData("palette.png")]
    [InlineData("palette-transparent.png")]
    [InlineData("one-bit.png")]
    [InlineData("grey-16.png")]
    public void PNG_files_have_the_pixels_that_Pillow_reads(string name)
    {
        var image = PillowImages.Decode(name);
        Assert.Equal(PillowImages.Size(name), (image.Width, image.Height));
        Assert.Equal(PillowImages.Expected(name), image.Pixels);
    }

    [Theory]
    [InlineData("444.jpg")]
    [InlineData("422.jpg")]
    [InlineData("420.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("rotated.jpg")]
    [InlineData("grey.jpg")]
    [InlineData("cmyk.jpg")]
    public void JPEG_files_have_the_pixels_that_Pillow_reads(string name)
    {
        var image = PillowImages.Decode(name);
        Assert.Equal(PillowImages.Size(name), (image.Width, image.Height));
        Assert.Equal(0, PillowImages.Difference(PillowImages.Expected(name), image.Pixels));
    }

    [Theory]
    [InlineData("rgb.png", 300, "is a damaged PNG image of 23×17 pixels (it ends too early), expected a whole one")]
    [InlineData("rgb.png", 20, "is a damaged PNG image: its header cannot be read")]
    [InlineData("420.jpg", 300, "is a damaged JPEG image: its header cannot be read")]
    [InlineData("420.jpg", -40, "is a damaged JPEG image of 23×17 pixels (it ends too early), expected a whole one")]
    public void A_file_that_ends_too_early_is_refused(string name, int length, string found)
    {
        var whole = File.ReadAllBytes(PillowImages.At(name));
        Assert.Equal(found, Fault(whole[..(length < 0 ? whole.Length + length : length)]));
    }

    [Fact]
    public void A_changed_byte_of_a_PNG_file_is_found_by_its_checksum()
    {
        var bytes = File.ReadAllBytes(PillowImages.At("rgb.png"));
        bytes[bytes.Length / 2] ^= 1;
        Assert.StartsWith("is a damaged PNG image of 23×17 pixels", Fault(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty, expected a PNG or JPEG image")]
    [InlineData("<html>404</html>", "begins with 3c68746d6c3e3430, expected PNG (89504e470d0a1a0a) or JPEG (ffd8ff…)")]
    public void Other_files_are_refused_with_what_they_begin_with(string content, string found) =>
        Assert.Contains(found, Fault(System.Text.Encoding.ASCII.GetBytes(content)), StringComparison.Ordinal);

    [Fact]
    public void Another_format_is_refused_whatever_its_name() =>
        Assert.StartsWith(
            "begins with 52494646",
            Fault(File.ReadAllBytes(PillowImages.At("picture.webp"))), StringComparison.Ordinal);

    [Fact]
    public void An_image_of_more_pixels_than_Pillow_reads_is_refused_before_it_is_decoded()
    {
        var bytes = File.ReadAllBytes(PillowImages.At("rgb.png"));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), 40_000); // the width in the header
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), 40_000);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Engine.Storage.Crc32.Of(bytes.AsSpan(12, 17)));
        Assert.Equal("is an image of 40000×40000 pixels, expected at most 178956970 pixels", Fault(bytes));
    }

    private static string Fault(byte[] encoded) =>
        Assert.Throws<InvalidDataException>(() => ImageDecoder.Decode(encoded, new())).Message;
}
