using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data;

/// <summary>Extra images in their open file, of which only the rows that are asked for are read.</summary>
public sealed class ExtraImages : IDisposable
{
    // Files of these sizes take minutes to hash whole.
    private const int FingerprintRows = 1000;
    private readonly SafetensorsFile file;
    private readonly int classes;
    private readonly int imageBytes;

    private ExtraImages(ExtraData description, SafetensorsFile file, ImageShape shape, int classes)
    {
        (Description, this.file, this.classes) = (description, file, classes);
        imageBytes = (int)(shape.Channels * shape.Height * shape.Width);
    }

    /// <summary>The options of the recipe.</summary>
    public ExtraData Description { get; }

    /// <summary>How many images there are.</summary>
    public long Count => file.Entry(SafetensorsImages.Labels).Shape[0];

    /// <summary>Opens the file and checks its header against the images that it is to be mixed with.</summary>
    /// <exception cref="TrainerException">It cannot be read, or holds other images.</exception>
    internal static ExtraImages Open(ExtraData description, ImageShape shape, int classes)
    {
        var file = SafetensorsImages.Open(description.Path);
        var found = file.Entry(SafetensorsImages.Images).Shape;
        if (new ImageShape(found[1], found[2], found[3]) == shape)
            return new(description, file, shape, classes);
        file.Dispose();
        throw new TrainerException(
            ErrorKind.Data, $"{description.Path} holds images of {new ImageShape(found[1], found[2], found[3])}, "
            + $"but those that data.extra is mixed with are {shape}. Make them of one shape.");
    }

    /// <summary>Reads some rows; several threads may.</summary>
    /// <param name="rows">Which, in any order.</param>
    /// <exception cref="TrainerException">The file broke off, or a label is out of range.</exception>
    internal ExtraRows Read(IReadOnlyList<long> rows)
    {
        var (images, labels) = (new byte[rows.Count * (long)imageBytes], new long[rows.Count]);
        try
        {
            for (var place = 0; place < rows.Count; place++)
            {
                file.ReadRow(SafetensorsImages.Images, rows[place], images.AsSpan(place * imageBytes, imageBytes));
                file.ReadRow(SafetensorsImages.Labels, rows[place], MemoryMarshal.AsBytes(labels.AsSpan(place, 1)));
                SafetensorsImages.Check(file, labels.AsSpan(place, 1), rows[place], classes);
            }
        }
        catch (Exception error) when (error is SafetensorsException or IOException)
        {
            throw new TrainerException(ErrorKind.Data, $"{file.Path} cannot be read: {error.Message}", error);
        }
        return new(images, labels);
    }

    /// <summary>A hash of the number of images and of a thousand of them, evenly spread, with their labels.</summary>
    internal string Fingerprint()
    {
        var rows = Enumerable.Range(0, (int)Math.Min(FingerprintRows, Count))
            .Select(place => place * Count / Math.Min(FingerprintRows, Count)).ToList();
        var read = Read(rows);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{Count} {imageBytes} "));
        hash.AppendData(read.Images);
        hash.AppendData(MemoryMarshal.AsBytes(read.Labels.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}

/// <summary>Rows of extra images in memory that no tensor owns, so that any thread may fill it.</summary>
/// <param name="Images">The images one after the other.</param>
/// <param name="Labels">Their labels.</param>
internal sealed record ExtraRows(byte[] Images, long[] Labels);
