using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Data.Arrays;

/// <summary>Reads images and labels from arrays.</summary>
internal static class ArrayImages
{
    private const int ValuesAtATime = 1 << 16;
    private const string Types = "uint8 from 0 to 255, or float16, float32 or float64 from 0 to 1";

    /// <summary>Reads an array of images.</summary>
    /// <param name="array">uint8, or floats in [0, 1], which are rounded to the nearest of the 256 levels.</param>
    /// <param name="layout">The meaning of its dimensions; null where the shape alone tells.</param>
    /// <returns>UInt8 [N, C, H, W], row-major, in the current dispose scope.</returns>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    /// <exception cref="TrainerException">The layout is not stated, and the shape does not tell it.</exception>
    public static Tensor Read(NpyArray array, ArrayLayout? layout)
    {
        var found = Layout(array.Header, layout);
        var values = empty([.. array.Header.Shape], ScalarType.Byte);
        switch (array.Header.Type)
        {
            case "|u1":
                TensorBytes.ForEachPiece(values, (bytes, _) => array.Fill(bytes));
                break;
            case "<f2":
                Quantize<Half>(array, values);
                break;
            case "<f4":
                Quantize<float>(array, values);
                break;
            case "<f8":
                Quantize<double>(array, values);
                break;
            default:
                throw new InvalidDataException($"holds images of type {array.Header.Type}, expected {Types}");
        }
        array.ExpectEnd();
        return found switch
        {
            ArrayLayout.Nhw => values.unsqueeze(1),
            ArrayLayout.Nhwc => values.permute(0, 3, 1, 2).contiguous(),
            _ => values,
        };
    }

    /// <summary>Reads an array of labels.</summary>
    /// <param name="array">Integers of shape [N] or [N, 1].</param>
    /// <param name="images">The number of images N.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>Int64 [N], in the current dispose scope.</returns>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    public static Tensor ReadLabels(NpyArray array, long images, int classes)
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
            : tensor(labels);
    }

    private static ArrayLayout Layout(NpyHeader header, ArrayLayout? stated)
    {
        var shape = header.Shape;
        var (first, last) = shape.Count == 4 ? (shape[1] is 1 or 3, shape[3] is 1 or 3) : default;
        return (shape.Count, stated) switch
        {
            (3, null or ArrayLayout.Nhw) => ArrayLayout.Nhw,
            (4, ArrayLayout.Nhwc or ArrayLayout.Nchw) => stated.Value,
            (4, null) when first != last => first ? ArrayLayout.Nchw : ArrayLayout.Nhwc,
            (4, null) => throw new TrainerException(
                ErrorKind.Recipe, $"data.layout is missing, and images of shape {header.ShapeText} can be read in two "
                + "ways. Set it to nhwc (images, rows, columns, channels) or nchw (images, channels, rows, columns)."),
            (3 or 4, _) => throw new TrainerException(
                ErrorKind.Recipe, $"data.layout does not fit images of shape {header.ShapeText}. "
                + "Expected nhw for three dimensions, and nhwc or nchw for four."),
            _ => throw new InvalidDataException(
                $"holds images of shape {header.ShapeText}, expected three dimensions (nhw) or four (nhwc, nchw)"),
        };
    }

    private static void Quantize<T>(NpyArray array, Tensor values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var buffer = new T[ValuesAtATime];
        TensorBytes.ForEachPiece(values, (bytes, offset) =>
        {
            var read = buffer.AsSpan(0, bytes.Length);
            array.Fill(MemoryMarshal.AsBytes(read));
            for (var index = 0; index < read.Length; index++)
            {
                var value = double.CreateTruncating(read[index]);
                if (!(value >= 0 && value <= 1))
                    throw new InvalidDataException(
                        $"has the value {value.ToString(CultureInfo.InvariantCulture)} in image "
                        + $"{(offset + index) / (array.Count / array.Header.Shape[0])}, expected {Types}; "
                        + "for values from 0 to 255 save images.astype(\"uint8\"), for others scale them to [0, 1]");
                bytes[index] = (byte)Math.Round(value * 255);
            }
        }, ValuesAtATime);
    }

    private static long[] Widen<T>(NpyArray array)
        where T : unmanaged, IBinaryInteger<T>
    {
        var read = new T[array.Count];
        array.Fill(MemoryMarshal.AsBytes(read.AsSpan()));
        return Array.ConvertAll(read, long.CreateSaturating);
    }
}
