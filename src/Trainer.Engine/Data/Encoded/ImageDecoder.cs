using System.Runtime.InteropServices;
using SkiaSharp;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// Decodes PNG and JPEG to RGB as torchvision's default loader does, Pillow's
/// <c>Image.open(path).convert("RGB")</c>: transparency, colour profiles and the orientation in EXIF are ignored,
/// palettes and grey become RGB. Of 16 bits a channel the upper 8 are kept.
/// </summary>
internal static class ImageDecoder
{
    // Where Pillow refuses an image as a decompression bomb.
    private const long MostPixels = 178_956_970;

    /// <summary>Decodes an image.</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="buffers">Holds the result until they are used again.</param>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    public static Raster Decode(byte[] encoded, ImageBuffers buffers)
    {
        if (encoded.Length == 0)
            throw new InvalidDataException("is empty, expected a PNG or JPEG image");
        var format = encoded.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, .. "PNG\r\n\u001a\n"u8]) ? "PNG"
            : encoded.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff]) ? "JPEG"
            : throw new InvalidDataException(
                $"begins with {Convert.ToHexStringLower(encoded.AsSpan(0, Math.Min(8, encoded.Length)))}, "
                + "expected PNG (89504e470d0a1a0a) or JPEG (ffd8ff…)");
        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(data)
            ?? throw new InvalidDataException($"is a damaged {format} image: its header cannot be read");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MostPixels)
            throw new InvalidDataException(
                $"is an image of {width}×{height} pixels, expected at most {MostPixels} pixels");
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var decoded = buffers.Decoded(info.BytesSize);
        if (codec.GetPixels(info, Marshal.UnsafeAddrOfPinnedArrayElement(decoded, 0)) is var result
            && result != SKCodecResult.Success)
            throw new InvalidDataException(
                $"is a damaged {format} image of {width}×{height} pixels ({Reason(result)}), expected a whole one");
        var image = new Raster(buffers.Next(3 * width * height), width, height, 3);
        CopyColours(decoded.AsSpan(0, info.BytesSize), image.Values);
        return image;
    }

    private static void CopyColours(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        while (rgba.Length >= 4 && rgb.Length >= 3)
        {
            (rgb[0], rgb[1], rgb[2]) = (rgba[0], rgba[1], rgba[2]);
            rgba = rgba[4..];
            rgb = rgb[3..];
        }
    }

    private static string Reason(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "it ends too early",
        SKCodecResult.ErrorInInput => "its content is broken",
        _ => $"{result}",
    };
}
