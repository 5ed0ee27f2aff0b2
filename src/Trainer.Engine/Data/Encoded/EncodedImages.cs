using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// Opens a data set's parts: decodes those whose images fit into memory, and leaves the others to be streamed.
/// </summary>
/// <param name="options">How much memory there is, and how many threads decode.</param>
internal sealed class EncodedImages(StreamOptions options)
{
    private const int QueuedForEachWorker = 4;
    private double left = options.MemoryGB * 1e9;

    /// <summary>Opens a part.</summary>
    /// <param name="decoder">Makes pixels of the images' bytes.</param>
    /// <param name="images">The images in their order; may be enumerated several times.</param>
    /// <param name="count">How many there are, at least one.</param>
    /// <param name="classNames">One name a class.</param>
    /// <param name="store">Makes each of them readable at any time; called where they are streamed.</param>
    /// <returns>On the CPU, in the current dispose scope.</returns>
    /// <exception cref="TrainerException">
    /// Names the first image that cannot be read or differs in shape; of streamed ones, only the first is looked at.
    /// </exception>
    public ImageData Open(
        IImageDecoder decoder, IEnumerable<EncodedImage> images, int count, IReadOnlyList<string> classNames,
        Func<IEnumerable<EncodedImage>, StoredImages> store)
    {
        var first = DecodedImage.Of(images.First(), decoder, new());
        var length = (double)count * first.Planes.Length;
        if (length > left)
        {
            var streamed = new StreamedImages(store(images), first, decoder, options.Threads);
            return new(
                new StreamedPixels(streamed, [.. Enumerable.Range(0, count).Select(row => (long)row)], CPU),
                tensor(streamed.Labels), classNames);
        }
        left -= length;
        return Decode(decoder, images, count, first, classNames);
    }

    private ImageData Decode(
        IImageDecoder decoder, IEnumerable<EncodedImage> images, int count, DecodedImage first,
        IReadOnlyList<string> classNames)
    {
        var (width, height, channels) = first.Size;
        var pixels = empty([count, channels, height, width], ScalarType.Byte);
        var (labels, row) = (new long[count], 0);
        using var decoded = Decoded(decoder, images, count).GetEnumerator();
        TensorBytes.ForEachPiece(pixels, (target, _) =>
        {
            decoded.MoveNext();
            var image = decoded.Current;
            image.CopyTo(target, first);
            labels[row++] = image.Label;
        }, first.Planes.Length);
        return new(pixels, tensor(labels), classNames);
    }

    /// <summary>The decoded images, each valid until the next.</summary>
    private IEnumerable<DecodedImage> Decoded(IImageDecoder decoder, IEnumerable<EncodedImage> images, int count)
    {
        if (decoder.IsSlow)
        {
            using var stream = new ImageStream(images, decoder, options.Threads, QueuedForEachWorker * options.Threads);
            for (var row = 0; row < count; row++)
                yield return stream.Next();
            yield break;
        }
        var buffers = new ImageBuffers();
        byte[]? target = null;
        foreach (var encoded in images)
        {
            var image = DecodedImage.Of(encoded, decoder, buffers, target);
            target = image.Planes;
            yield return image;
        }
    }
}
