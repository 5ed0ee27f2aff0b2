using System.Numerics;
using System.Runtime.InteropServices;

namespace Trainer.Engine.Data.Arrays;

/// <summary>Reads labels from arrays.</summary>
internal static class ArrayLabels
{
    /// <summary>Reads an array of labels.</summary>
    /// <param name="array">Integers of shape [N] or [N, 1].</param>
    /// <param name="images">The number of images N.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>The labels in their order.</returns>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    public static long[] Read(NpyArray array, long images, int classes)
    {
        var header = array.Header;
        if (header.Shape[0] != images || header.Shape is not ([_] or [_, 1]))
            throw new InvalidDataException(
                $"holds labels of shape {header.ShapeText}, expected [{images}], one for each image");
        var labels = header.Type switch
        {
            "|u1" => Widen<byte>(array),
            "|i1" => Widen<sbyte>(array),
            "<u2" => Widen<ushort>(array),
            "<i2" => Widen<short>(array),
            "<u4" => Widen<uint>(array),
            "<i4" => Widen<int>(array),
            "<u8" => Widen<ulong>(array),
            "<i8" => Widen<long>(array),
            _ => throw new InvalidDataException(
                $"holds labels of type {header.Type}, expected integers; save labels.astype(\"int64\")"),
        };
        array.ExpectEnd();
        return labels.AsSpan().IndexOfAnyExceptInRange(0, classes - 1) is var row and >= 0
            ? throw new InvalidDataException(
                $"has the label {labels[row]} at index {row}, expected 0 to {classes - 1}")
            : labels;
    }

    private static long[] Widen<T>(NpyArray array)
        where T : unmanaged, IBinaryInteger<T>
    {
        var read = new T[array.Count];
        array.Fill(MemoryMarshal.AsBytes(read.AsSpan()));
        return Array.ConvertAll(read, long.CreateSaturating);
    }
}
