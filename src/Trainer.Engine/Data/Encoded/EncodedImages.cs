using Trainer.Recipes;

namespace Trainer.Engine.Data.Encoded;

/// <summary>Decodes a whole data set into one tensor.</summary>
internal static class EncodedImages
{
    private const int BlockLength = 512;

    /// <summary>Decodes on all processors, some hundred images at a time.</summary>
    /// <param name="images">The images in their order.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="classNames">One name a class.</param>
    /// <param name="preparation">What is done to each.</param>
    /// <returns>On the CPU, in the current dispose scope.</returns>
    /// <exception cref="TrainerException">Names the first image that cannot be read or differs in shape.</exception>
    public static ImageData Decode(
        IEnumerable<EncodedImage> images, int count, IReadOnlyList<string> classNames, ImagePreparation preparation)
    {
        Tensor? pixels = null;
        var (first, labels) = (default(Decoded), new long[count]);
        foreach (var (number, block) in images.Chunk(BlockLength).Index())
        {
            // Faults are values here, so that the first one in the data set's order is reported.
            var decoded = block.AsParallel().AsOrdered().Select(image => Decode(image, preparation)).ToArray();
            first ??= decoded[0];
            pixels ??= Allocate(decoded[0], count);
            using var rows = pixels.narrow(0, number * BlockLength, block.Length);
            Copy(decoded, first, rows.bytes);
            block.Select(image => image.Label).ToArray().CopyTo(labels, number * BlockLength);
        }
        return new(pixels!, tensor(labels), classNames);
    }

    private static Decoded Decode(EncodedImage image, ImagePreparation preparation)
    {
        try
        {
            return new(image.Place, OwnData.Read(image.Place, () => preparation.Prepare(image.Read())), null);
        }
        catch (TrainerException fault)
        {
            return new(image.Place, null, fault);
        }
    }

    private static Tensor Allocate(Decoded first, int count) =>
        first.Image is not { } image ? throw first.Fault!
            : empty([count, image.Channels, image.Height, image.Width], ScalarType.Byte);

    private static void Copy(Decoded[] decoded, Decoded first, Span<byte> rows)
    {
        var length = rows.Length / decoded.Length;
        for (var row = 0; row < decoded.Length; row++)
        {
            var image = decoded[row].Image ?? throw decoded[row].Fault!;
            if (image.Width != first.Image!.Width || image.Height != first.Image.Height)
                throw OwnData.Fault(decoded[row].Place,
                    $"is an image of {image.Width}×{image.Height} pixels, but {first.Place} is one of "
                    + $"{first.Image.Width}×{first.Image.Height}, expected one size",
                    "Set data.resize and data.crop, which make them alike");
            image.Planes().CopyTo(rows[(row * length)..]);
        }
    }

    private sealed record Decoded(string Place, Raster? Image, TrainerException? Fault);
}
