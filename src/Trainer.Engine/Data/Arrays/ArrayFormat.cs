using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Trainer.Engine.Data.Encoded;
using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data.Arrays;

/// <summary>How an array holds images.</summary>
/// <param name="Type">NumPy's code of the values' type.</param>
/// <param name="Shape">The shape of an image.</param>
/// <param name="Length">The bytes of an image.</param>
/// <param name="ChannelsLast">Whether the channels of a pixel are together, instead of the pixels of a channel.</param>
internal sealed record ArrayFormat(string Type, ImageShape Shape, int Length, bool ChannelsLast) : IImageDecoder
{
    private const string Types = "uint8 from 0 to 255, or float16, float32 or float64 from 0 to 1";

    public bool IsSlow => false;

    /// <summary>The format of an array.</summary>
    /// <param name="header">Of the array.</param>
    /// <param name="layout">The meaning of its dimensions; null where the shape alone tells.</param>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    /// <exception cref="TrainerException">The layout is not stated, and the shape does not tell it.</exception>
    public static ArrayFormat Of(NpyHeader header, ArrayLayout? layout)
    {
        var (found, sides) = (Layout(header, layout), header.Shape);
        if (header.Type is not ("|u1" or "<f2" or "<f4" or "<f8"))
            throw new InvalidDataException($"holds images of type {header.Type}, expected {Types}");
        // The file's length bounds the product.
        var (count, length) = (sides[0], sides.Skip(1).Aggregate((long)header.ValueSize, (all, side) => all * side));
        if (count > Array.MaxLength || length > Array.MaxLength)
            throw new InvalidDataException(
                $"holds {count} images of {length} bytes, expected at most {Array.MaxLength} of as many bytes");
        var shape = found switch
        {
            ArrayLayout.Nhw => new ImageShape(1, sides[1], sides[2]),
            ArrayLayout.Nhwc => new(sides[3], sides[1], sides[2]),
            _ => new(sides[1], sides[2], sides[3]),
        };
        return new(header.Type, shape, (int)length, found == ArrayLayout.Nhwc);
    }

    public ((int Width, int Height, int Channels) Size, byte[] Planes) Decode(
        byte[] content, ImageBuffers buffers, byte[]? target)
    {
        var (channels, area) = ((int)Shape.Channels, (int)(Shape.Height * Shape.Width));
        var length = channels * area;
        var planes = target?.Length == length ? target : GC.AllocateUninitializedArray<byte>(length);
        var values = Values(content, buffers, length);
        if (ChannelsLast)
            for (var pixel = 0; pixel < area; pixel++)
                for (var channel = 0; channel < channels; channel++)
                    planes[channel * area + pixel] = values[pixel * channels + channel];
        else
            values.CopyTo(planes);
        return (((int)Shape.Width, (int)Shape.Height, channels), planes);
    }

    private Span<byte> Values(byte[] content, ImageBuffers buffers, int length) => Type switch
    {
        "<f2" => Quantize<Half>(content, buffers.Next(length)),
        "<f4" => Quantize<float>(content, buffers.Next(length)),
        "<f8" => Quantize<double>(content, buffers.Next(length)),
        _ => content,
    };

    private static Span<byte> Quantize<T>(byte[] content, byte[] target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(content);
        for (var index = 0; index < values.Length; index++)
        {
            var value = double.CreateTruncating(values[index]);
            if (!(value >= 0 && value <= 1))
                throw new InvalidDataException(
                    $"has the value {value.ToString(CultureInfo.InvariantCulture)}, expected {Types}; "
                    + "for values from 0 to 255 save images.astype(\"uint8\"), for others scale them to [0, 1]");
            target[index] = (byte)Math.Round(value * 255);
        }
        return target.AsSpan(0, values.Length);
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
}
