using System.Runtime.InteropServices;
using SkiaSharp;
using Trainer.Engine.Data.Encoded;

namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>
/// Encodes as JPEG and decodes. Images of another number of channels than 3 are encoded channel by channel.
/// </summary>
internal sealed class JpegCompression : ICorruption
{
    /// <inheritdoc/>
    public string Name => "jpeg-compression";

    /// <inheritdoc/>
    public Tensor Apply(CorruptionBatch batch)
    {
        var quality = batch.Of(80, 65, 58, 50, 40);
        var channels = batch.Images.shape[1] == 3 ? 3 : 1;
        using var bytes = (batch.Images * 255).round().to(ScalarType.Byte)
            .reshape(-1, channels, batch.Height, batch.Width).permute(0, 2, 3, 1).contiguous();
        var values = bytes.data<byte>().ToArray();
        var length = (int)(channels * batch.Height * batch.Width);
        var buffers = new ImageBuffers();
        for (var first = 0; first < values.Length; first += length)
            Compress(values.AsSpan(first, length), (int)batch.Width, (int)batch.Height, quality, buffers);
        return tensor(values).reshape(bytes.shape).permute(0, 3, 1, 2).reshape(batch.Images.shape)
            .to(ScalarType.Float64) / 255;
    }

    private static void Compress(Span<byte> image, int width, int height, int quality, ImageBuffers buffers)
    {
        var channels = image.Length / (width * height);
        var info = new SKImageInfo(
            width, height, channels == 1 ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var bitmap = new SKBitmap(info);
        var pixels = bitmap.GetPixelSpan();
        var writable = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(pixels), pixels.Length);
        for (var row = 0; row < height; row++)
            for (var column = 0; column < width; column++)
            {
                var from = image.Slice(((row * width) + column) * channels, channels);
                var to = writable[((row * bitmap.RowBytes) + (column * info.BytesPerPixel))..];
                from.CopyTo(to);
                if (channels > 1)
                    to[3] = byte.MaxValue;
            }
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        var decoded = ImageDecoder.Decode(encoded.ToArray(), buffers).Values;
        for (var place = 0; place < width * height; place++)
            decoded.Slice(place * 3, channels).CopyTo(image[(place * channels)..]);
    }
}
