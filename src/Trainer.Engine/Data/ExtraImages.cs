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
    private const int LabelsAtATime = 1 << 17;
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

    /// <summary>
    /// Opens the file and checks its header and all of its labels against the images that it is to be mixed with.
    /// </summary>
    /// <exception cref="TrainerException">
    /// It cannot be read, it holds other images, or a label is out of range.
    /// </exception>
    internal static ExtraImages Open(ExtraData description, ImageShape shape, int classes)
    {
        var file = SafetensorsImages.Open(description.Path);
        try
        {
            var shapes = file.Entry(SafetensorsImages.Images).Shape;
            var found = new ImageShape(shapes[1], shapes[2], shapes[3]);
            if (found != shape)
                throw new TrainerException(ErrorKind.Data, $"{description.Path} holds images of {found}, "
                    + $"but those that data.extra is mixed with are {shape}. Make them of one shape.");
            var images = new ExtraImages(description, file, shape, classes);
            images.CheckLabels();
            return images;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads some rows; several threads may.</summary>
    /// <param name="rows">Which, in any order.</param>
    /// <exception cref="TrainerException">The file broke off, or a label is out of range.</exception>
    internal ExtraRows Read(IReadOnlyList<long> rows)
    {
        var (images, labels) = (new byte[rows.Count * (long)imageBytes], new long[rows.Count]);
        for (var place = 0; place < rows.Count; place++)
        {
            Fill(SafetensorsImages.Images, rows[place], images.AsSpan(place * imageBytes, imageBytes));
            ReadLabels(rows[place], labels.AsSpan(place, 1));
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

    private void CheckLabels()
    {
        var labels = new long[Math.Min(LabelsAtATime, Count)];
        for (var first = 0L; first < Count; first += labels.Length)
            ReadLabels(first, labels.AsSpan(0, (int)Math.Min(labels.Length, Count - first)));
    }

    /// <summary>Reads consecutive labels and checks them.</summary>
    private void ReadLabels(long first, Span<long> labels)
    {
        Fill(SafetensorsImages.Labels, first, MemoryMarshal.AsBytes(labels));
        SafetensorsImages.Check(file, labels, first, classes);
    }

    private void Fill(string name, long first, Span<byte> rows)
    {
        try
        {
            file.ReadRows(name, first, rows);
        }
        catch (Exception error) when (error is SafetensorsException or IOException)
        {
            throw new TrainerException(ErrorKind.Data, $"{file.Path} cannot be read: {error.Message}", error);
        }
    }
}

/// <summary>Rows of extra images in memory that no tensor owns, so that any thread may fill it.</summary>
/// <param name="Images">The images one after the other.</param>
/// <param name="Labels">Their labels.</param>
internal sealed record ExtraRows(byte[] Images, long[] Labels);
