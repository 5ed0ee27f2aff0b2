using Trainer.Engine.Storage;

namespace Trainer.Engine.Data;

/// <summary>Reads a stream to the end of what is expected of it, and names the offset where they differ.</summary>
/// <param name="stream">The stream, from its beginning.</param>
/// <param name="checksum">Follows what is read; null for none.</param>
internal sealed class CountingReader(Stream stream, Crc32? checksum = null)
{
    private long offset;

    /// <summary>Fills the whole span.</summary>
    /// <exception cref="InvalidDataException">The stream ends or breaks before.</exception>
    public void Fill(Span<byte> target, string expected)
    {
        for (var filled = 0; filled < target.Length;)
        {
            var count = Next(target[filled..], expected);
            if (count == 0)
                throw new InvalidDataException(
                    $"ends at offset {offset}, expected {expected}, {target.Length - filled} bytes more");
            filled += count;
        }
    }

    /// <summary>Checks that nothing follows; the checksum of a packed stream is verified here too.</summary>
    /// <exception cref="InvalidDataException">Something does.</exception>
    public void ExpectEnd(string expected)
    {
        var end = offset;
        Span<byte> one = stackalloc byte[1];
        if (Next(one, expected) > 0)
            throw new InvalidDataException($"continues at offset {end}, expected its end after {expected}");
    }

    private int Next(Span<byte> target, string expected)
    {
        try
        {
            var count = stream.Read(target);
            offset += count;
            checksum?.Append(target[..count]);
            return count;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(
                $"cannot be unpacked at offset {offset} of its content ({error.Message}), expected {expected}", error);
        }
    }
}
