using Trainer.Engine.Storage.Safetensors;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data.Encoded;

/// <summary>The pixels of images that are decoded whenever they are needed.</summary>
/// <param name="images">The data set.</param>
/// <param name="rows">Which of its images these are.</param>
/// <param name="device">Where batches go.</param>
internal sealed class StreamedPixels(StreamedImages images, long[] rows, Device device) : IPixels
{
    public long Count => rows.Length;

    public ImageShape Shape => images.Shape;

    public Device Device => device;

    public bool IsStreamed => true;

    public Tensor Rows(Tensor rows)
    {
        using var stream = images.Open(Numbers(rows));
        return Read(stream, rows.shape[0]);
    }

    public IEpochPixels Epoch(Func<long, IEnumerable<long>> rowsFrom) => new StreamedEpoch(this, rowsFrom);

    public IPixels Select(Tensor rows) => new StreamedPixels(images, Numbers(rows), device);

    public IPixels To(Device device) => new StreamedPixels(images, rows, device);

    public void Keep()
    {
    }

    public void ForEachPiece(Action<ReadOnlySpan<byte>> action)
    {
        using var stream = images.Open(rows);
        var image = new byte[images.ImageLength];
        foreach (var _ in rows)
        {
            images.Read(stream, image);
            action(image);
        }
    }

    /// <summary>Begins to decode some of these images.</summary>
    public ImageStream Open(IEnumerable<long> numbers, int ahead) =>
        images.Open(numbers.Select(number => rows[number]), ahead);

    /// <summary>The next images of a stream.</summary>
    /// <returns>UInt8 [B, C, H, W] on the device.</returns>
    public Tensor Read(ImageStream stream, long count)
    {
        var shape = Shape;
        var pixels = empty([count, shape.Channels, shape.Height, shape.Width], ScalarType.Byte);
        TensorBytes.ForEachPiece(pixels, (image, _) => images.Read(stream, image), images.ImageLength);
        return pixels.to(device, disposeAfter: true);
    }

    public void Dispose() => images.Dispose();

    /// <summary>The rows of the data set.</summary>
    private long[] Numbers(Tensor chosen)
    {
        using var numbers = chosen.cpu();
        return [.. numbers.data<long>().Select(number => rows[number])];
    }
}
