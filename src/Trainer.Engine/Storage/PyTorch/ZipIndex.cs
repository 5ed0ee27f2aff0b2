using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// The records of a zip archive, by its central directory. Written by hand because .NET's ZipArchive tells no record's
/// offset: records that share bytes could not be refused, nor tensors be read in place.
/// </summary>
internal static class ZipIndex
{
    private const int EndLength = 22;
    private const int LocatorLength = 20;
    private const int End64Length = 56;
    private const int EntryLength = 46;
    private const int HeaderLength = 30;
    private const int LongestDirectory = 64 << 20;
    private const uint EndSignature = 0x06054b50;
    private const uint LocatorSignature = 0x07064b50;
    private const uint End64Signature = 0x06064b50;
    private const uint EntrySignature = 0x02014b50;
    private const uint HeaderSignature = 0x04034b50;

    /// <summary>Reads and checks the directory whole: no two records share bytes.</summary>
    /// <exception cref="TorchFileException">The archive is malformed.</exception>
    public static IReadOnlyDictionary<string, ZipRecord> Read(FileBytes file)
    {
        var (start, length, count) = Directory(file);
        if (length > LongestDirectory || count > length / EntryLength)
            throw Malformed(file, $"its directory claims {count} records in {length} bytes");
        var directory = file.Bytes(start, (int)length, "the archive's directory");
        var records = new Dictionary<string, ZipRecord>(StringComparer.Ordinal);
        var position = 0;
        for (var index = 0L; index < count; index++)
        {
            var record = Entry(file, directory, ref position, start);
            if (!records.TryAdd(record.Name, record))
                throw file.Fault(TorchFileError.InvalidRecord, $"the record '{record.Name}' is given twice");
        }
        var end = 0L;
        foreach (var record in records.Values.OrderBy(record => record.Start))
        {
            if (record.Start < end)
                throw file.Fault(TorchFileError.InvalidRecord,
                    $"the record '{record.Name}' begins {end - record.Start} bytes before the one in front of it ends");
            end = record.Offset + record.Length;
        }
        return records;
    }

    private static (long Start, long Length, long Count) Directory(FileBytes file)
    {
        var length = (int)Math.Min(file.Length, EndLength + ushort.MaxValue);
        var tail = file.Bytes(file.Length - length, length, "the archive's end");
        for (var at = length - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (ReadUInt32LittleEndian(end) != EndSignature
                || ReadUInt16LittleEndian(end[20..]) != end.Length - EndLength)
                continue;
            var position = file.Length - length + at;
            var (start, size, count) = End64(file, position) ?? (ReadUInt32LittleEndian(end[16..]),
                ReadUInt32LittleEndian(end[12..]), ReadUInt16LittleEndian(end[10..]));
            return start >= 0 && size >= 0 && count >= 0 && start <= position && size <= position - start
                ? (start, size, count)
                : throw Malformed(file, $"its directory of {size} bytes at {start} is not in front of its end");
        }
        throw Malformed(file, "it has no directory at its end, as where a download was cut off");
    }

    private static (long Start, long Length, long Count)? End64(FileBytes file, long end)
    {
        if (end < LocatorLength + End64Length)
            return null;
        var locator = file.Bytes(end - LocatorLength, LocatorLength, "the archive's end");
        if (ReadUInt32LittleEndian(locator) != LocatorSignature)
            return null;
        var position = ReadInt64LittleEndian(locator.AsSpan(8));
        if (position < 0 || position > end - LocatorLength - End64Length)
            throw Malformed(file, $"its 64-bit end should be at {position}");
        var last = file.Bytes(position, End64Length, "the archive's end");
        return ReadUInt32LittleEndian(last) == End64Signature
            ? (ReadInt64LittleEndian(last.AsSpan(48)), ReadInt64LittleEndian(last.AsSpan(40)),
                ReadInt64LittleEndian(last.AsSpan(32)))
            : throw Malformed(file, $"its 64-bit end is not at {position}");
    }

    private static ZipRecord Entry(FileBytes file, byte[] directory, ref int position, long directoryStart)
    {
        ReadOnlySpan<byte> entry = directory.AsSpan(position);
        if (entry.Length < EntryLength || ReadUInt32LittleEndian(entry) != EntrySignature)
            throw Malformed(file, $"its directory ends or breaks off at byte {position}");
        var (nameLength, extraLength, commentLength) = (ReadUInt16LittleEndian(entry[28..]),
            ReadUInt16LittleEndian(entry[30..]), ReadUInt16LittleEndian(entry[32..]));
        if (entry.Length - EntryLength < nameLength + extraLength + commentLength)
            throw Malformed(file, $"its directory breaks off at byte {position}");
        position += EntryLength + nameLength + extraLength + commentLength;
        var name = Encoding.UTF8.GetString(entry.Slice(EntryLength, nameLength));
        var extra = entry.Slice(EntryLength + nameLength, extraLength);
        var length = Long(ReadUInt32LittleEndian(entry[24..]), ref extra, first: true);
        var packed = Long(ReadUInt32LittleEndian(entry[20..]), ref extra);
        var start = Long(ReadUInt32LittleEndian(entry[42..]), ref extra);
        var isPlain = (ReadUInt16LittleEndian(entry[8..]) & 1) == 0 && ReadUInt16LittleEndian(entry[10..]) == 0
            && packed == length;
        if (start < 0 || packed < 0 || start > directoryStart - HeaderLength)
            throw Malformed(file, $"the record '{name}' should begin at {start}");
        var header = file.Bytes(start, HeaderLength, $"the record '{name}'");
        if (ReadUInt32LittleEndian(header) != HeaderSignature)
            throw Malformed(file, $"the record '{name}' does not begin at {start}");
        var offset = start + HeaderLength + ReadUInt16LittleEndian(header.AsSpan(26))
            + ReadUInt16LittleEndian(header.AsSpan(28));
        return packed <= directoryStart - offset
            ? new(name, start, offset, packed, ReadUInt32LittleEndian(entry[16..]), isPlain)
            : throw file.Fault(TorchFileError.Truncated,
                $"the record '{name}' claims {packed} bytes, and {Math.Max(0, directoryStart - offset)} are there");
    }

    /// <summary>
    /// A size of 32 bits, or where it is too large the next of the 64-bit ones among the extra fields.
    /// </summary>
    private static long Long(uint value, ref ReadOnlySpan<byte> extra, bool first = false)
    {
        if (first)
            extra = Sizes64(extra);
        if (value != uint.MaxValue || extra.Length < 8)
            return value;
        var found = ReadInt64LittleEndian(extra);
        extra = extra[8..];
        return found;
    }

    private static ReadOnlySpan<byte> Sizes64(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            var length = Math.Min(ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            if (ReadUInt16LittleEndian(extra) == 1)
                return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }
        return [];
    }

    private static TorchFileException Malformed(FileBytes file, string what) =>
        file.Fault(TorchFileError.InvalidArchive, $"the zip archive is malformed: {what}");
}
