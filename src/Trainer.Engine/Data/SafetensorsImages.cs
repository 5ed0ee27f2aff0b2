using System.Runtime.InteropServices;
using Trainer.Engine.Data.Arrays;
using Trainer.Engine.Data.Encoded;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data;

/// <summary>Images of a safetensors file: <c>images</c>, uint8 [N, C, H, W], and <c>labels</c>, int64 [N].</summary>
internal static class SafetensorsImages
{
    public const string Images = "images";
    public const string Labels = "labels";

    /// <summary>Opens a file and checks that it holds such images.</summary>
    /// <exception cref="TrainerException">It holds others, or it cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = OpenAny(path);
        try
        {
            var (images, labels) = (Find(file, Images), Find(file, Labels));
            if (images.Dtype != ScalarType.Byte || images.Shape.Length != 4 || images.Shape.Contains(0))
                throw Fault(path,
                    $"{Describe(images)} at offset {images.Offset}, expected Byte [N, C, H, W], none of them 0");
            if (labels.Dtype != ScalarType.Int64 || labels.Shape.Length != 1 || labels.Shape[0] != images.Shape[0])
                throw Fault(path, $"{Describe(labels)} at offset {labels.Offset}, expected Int64 [{images.Shape[0]}], "
                    + "one for each image");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file's images.</summary>
    /// <param name="opener">Of the data set, for all of its parts.</param>
    /// <param name="path">The file.</param>
    /// <param name="classNames">One name a class.</param>
    /// <returns>On the CPU, in the current dispose scope.</returns>
    /// <exception cref="TrainerException">It does not hold such images, or a label is out of range.</exception>
    public static ImageData Open(EncodedImages opener, string path, IReadOnlyList<string> classNames)
    {
        using var file = Open(path);
        using var labels = file.Read(Labels);
        Check(file, MemoryMarshal.Cast<byte, long>(labels.bytes), 0, classNames.Count);
        var images = file.Entry(Images);
        var shape = new ImageShape(images.Shape[1], images.Shape[2], images.Shape[3]);
        var format = new ArrayFormat("|u1", shape, (int)(images.Length / images.Shape[0]), ChannelsLast: false);
        var classes = labels.data<long>().ToArray();
        using var once = FileSlices.Open(path);
        return opener.Open(format, Rows(once), classes.Length, classNames, _ =>
        {
            var kept = FileSlices.Open(path);
            return new(Rows(kept), kept);
        });

        StoredRows Rows(FileSlices content) => new(path, classes, content, images.Offset, format.Length);
    }

    /// <summary>Checks labels against the number of classes.</summary>
    /// <param name="file">Where they are from.</param>
    /// <param name="labels">Consecutive labels.</param>
    /// <param name="first">The row of the first of them.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <exception cref="TrainerException">One is out of range.</exception>
    public static void Check(SafetensorsFile file, ReadOnlySpan<long> labels, long first, int classes)
    {
        if (labels.IndexOfAnyExceptInRange(0, classes - 1) is var row and >= 0)
            throw Fault(file.Path, $"label {labels[row]} of image {first + row} at offset "
                + $"{file.Entry(Labels).Offset + 8 * (first + row)}, expected 0 to {classes - 1}");
    }

    private static SafetensorsFile OpenAny(string path)
    {
        try
        {
            return SafetensorsFile.Open(path);
        }
        catch (SafetensorsException error)
        {
            throw new TrainerException(ErrorKind.Data, error.Message, error);
        }
        catch (Exception error) when (error.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Data, $"'{path}' cannot be read: {error.Message.TrimEnd('.')}. Correct the path in data "
                + $"({OwnData.Relative}), or make the file readable.", error);
        }
    }

    private static SafetensorsEntry Find(SafetensorsFile file, string name) => file.Contains(name) ? file.Entry(name)
        : throw Fault(
        file.Path, $"no tensor '{name}', expected '{Images}' (uint8 [N, C, H, W]) and '{Labels}' (int64 [N])");

    private static string Describe(SafetensorsEntry entry) =>
        $"'{entry.Name}' as {entry.Dtype} [{string.Join(", ", entry.Shape)}]";

    private static TrainerException Fault(string path, string found) =>
        new(ErrorKind.Data, $"{path}: found {found}. Make the file anew.");
}
