using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Data.Arrays;

/// <summary>An open array in NumPy's .npy format; its values are read once, in their order.</summary>
internal sealed class NpyArray : IDisposable
{
    private const int PieceLength = 1 << 16;
    private readonly CountingReader source;
    private readonly Stream content;
    private readonly IDisposable? archive;
    private readonly (Crc32 Found, uint Expected)? checksum;

    private NpyArray(
        NpyHeader header, CountingReader source, Stream content, IDisposable? archive, (Crc32, uint)? checksum) =>
        (Header, this.source, this.content, this.archive, this.checksum) = (header, source, content, archive, checksum);

    /// <summary>What the values are.</summary>
    public NpyHeader Header { get; }

    /// <summary>The number of values, which fits the length of the content.</summary>
    public long Count => Header.Shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>Reads the header and checks that the values fill the rest exactly.</summary>
    /// <param name="content">The content from its beginning; disposed with the array.</param>
    /// <param name="length">The length of the whole content.</param>
    /// <param name="checksum">The CRC-32 of the content; null where it is not known.</param>
    /// <param name="archive">Where the content is from, disposed with it; null where that is nothing else.</param>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    public static NpyArray Open(Stream content, long length, uint? checksum, IDisposable? archive = null)
    {
        try
        {
            var found = checksum is null ? null : new Crc32();
            var source = new CountingReader(content, found);
            var header = NpyHeader.Read(source);
            var bytes = header.Shape.Aggregate((Int128)header.ValueSize, Product);
            return bytes == length - header.Length
                ? new(header, source, content, archive, checksum is { } expected ? (found!, expected) : null)
                : throw new InvalidDataException(
                    $"promises {header.ShapeText} values of {Quantity.Of(header.ValueSize, "byte")} from offset "
                    + $"{header.Length} on, but {length - header.Length} bytes follow there");
        }
        catch
        {
            content.Dispose();
            archive?.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next values.</summary>
    public void Fill(Span<byte> values) => source.Fill(values, $"{Header.ShapeText} values");

    /// <summary>Reads all values that are left, to check them.</summary>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    public void Verify()
    {
        var piece = new byte[PieceLength];
        for (var left = Count * Header.ValueSize; left > 0; left -= piece.Length)
            Fill(piece.AsSpan(0, (int)Math.Min(left, piece.Length)));
        ExpectEnd();
    }

    /// <summary>Checks that no more follows, and the checksum.</summary>
    /// <exception cref="InvalidDataException">The message is a predicate of the file.</exception>
    public void ExpectEnd()
    {
        source.ExpectEnd($"{Header.ShapeText} values");
        if (checksum is var (found, expected) && found.Value != expected)
            throw new InvalidDataException(
                $"has the checksum {found.Value:x8}, expected {expected:x8}: the file is damaged");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        content.Dispose();
        archive?.Dispose();
    }

    // A product beyond any file's length stays there, so that it cannot come round to a small one.
    private static Int128 Product(Int128 product, long length) =>
        product > long.MaxValue ? product : product * length;
}
