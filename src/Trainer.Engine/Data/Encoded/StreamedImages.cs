using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data.Encoded;

/// <summary>A data set whose images are decoded whenever they are needed.</summary>
/// <param name="stored">The encoded images.</param>
/// <param name="first">The first of them, whose size all must have.</param>
/// <param name="decoder">Makes pixels of their bytes.</param>
/// <param name="workers">How many threads decode.</param>
internal sealed class StreamedImages(
    StoredImages stored, DecodedImage first, IImageDecoder decoder, int workers) : IDisposable
{
    private const string Remedy = "Put the file back as it was and run the same command again";
    private const int QueuedForEachWorker = 4;

    // Hashes of the content of each image when it was first read; null before.
    private readonly int?[] hashes = new int?[stored.Images.Count];

    /// <summary>The number of images.</summary>
    public int Count => stored.Images.Count;

    /// <summary>The shape of an image.</summary>
    public ImageShape Shape => new(first.Size.Channels, first.Size.Height, first.Size.Width);

    /// <summary>The bytes of a decoded image.</summary>
    public int ImageLength => first.Planes.Length;

    /// <summary>The classes of all images.</summary>
    public long[] Labels => [.. stored.Images.Select(image => image.Label)];

    /// <summary>Begins to decode images.</summary>
    /// <param name="rows">Which, in their order.</param>
    /// <param name="ahead">How many to decode before they are asked for; null for a few.</param>
    public ImageStream Open(IEnumerable<long> rows, int? ahead = null) =>
        new(rows.Select(Image), decoder, workers, ahead ?? QueuedForEachWorker * workers);

    /// <summary>The pixels of the next image of a stream.</summary>
    /// <exception cref="TrainerException">It cannot be read, or its content or size is another than it was.</exception>
    public void Read(ImageStream stream, Span<byte> target) => stream.Next().CopyTo(target, first);

    /// <inheritdoc/>
    public void Dispose() => stored.File?.Dispose();

    private EncodedImage Image(long row)
    {
        var image = stored.Images[(int)row];
        return image with { Read = () => Read(image, ref hashes[row]) };
    }

    /// <summary>Reads an image. Later reads must find what the first one found, or the run would be another.</summary>
    private static byte[] Read(EncodedImage image, ref int? known)
    {
        byte[] content;
        try
        {
            content = image.Read();
        }
        catch (Exception error) when (known is not null && error.IsFileFault())
        {
            throw OwnData.Fault(
                image.Place, $"can no longer be read: {error.Message.TrimEnd('.')}", Remedy, error);
        }
        var hash = new HashCode();
        hash.AddBytes(content);
        var found = hash.ToHashCode();
        if (known is not null && known != found)
            throw OwnData.Fault(image.Place, "has changed since it was first read", Remedy);
        known = found;
        return content;
    }
}
