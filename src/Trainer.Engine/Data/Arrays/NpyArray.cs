using Trainer.Recipes;

namespace Trainer.Engine.Data.Arrays;

/// <summary>An open array in NumPy's .npy format; its values are read once, in their order.</summary>
internal sealed class NpyArray
{
    private readonly CountingReader source;

    private NpyArray(NpyHeader header, CountingReader source) => (Header, this.source) = (header, source);

    /// <summary>What the values are.</summary>
    public NpyHeader Header { get; }

    /// <summary>The number of values, which fits the length of the content.</summary>
    public long Count => Header.Shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>Reads the header and checks that the values fill the rest exactly.</summary>
    /// <param name="source">The content from its beginning.</param>
    /// <param name="length">The length of the whole content.</param>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    public static NpyArray Open(CountingReader source, long length)
    {
        var header = NpyHeader.Read(source);
        var bytes = header.Shape.Aggregate((Int128)header.ValueSize, Product);
        if (bytes != length - header.Length)
            throw new InvalidDataException(
                $"promises {header.ShapeText} values of {Quantity.Of(header.ValueSize, "byte")} from offset "
                + $"{header.Length} on, "
                + $"but {length - header.Length} bytes follow there");
        return new(header, source);
    }

    /// <summary>Reads the next values.</summary>
    public void Fill(Span<byte> values) => source.Fill(values, $"{Header.ShapeText} values");

    /// <summary>Checks that no more follows.</summary>
    public void ExpectEnd() => source.ExpectEnd($"{Header.ShapeText} values");

    // A product beyond any file's length stays there, so that it cannot come round to a small one.
    private static Int128 Product(Int128 product, long length) =>
        product > long.MaxValue ? product : product * length;
}
