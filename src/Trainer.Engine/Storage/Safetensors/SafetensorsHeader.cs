using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;

namespace Trainer.Engine.Storage.Safetensors;

/// <summary>Reads and checks a header whole, before any tensor is: what it returns covers the file exactly.</summary>
internal sealed class SafetensorsHeader
{
    public const int MaxLength = 100_000_000;
    public const int MaxDimensions = 64;
    public const string MetadataName = "__metadata__";

    private readonly string file;
    private readonly Dictionary<string, SafetensorsEntry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private byte[] start = [];
    private bool metadataSeen;

    private SafetensorsHeader(string file) => this.file = file;

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; private set; } = [];

    /// <param name="file">The file's path, for messages.</param>
    /// <param name="fileLength">Its length in bytes.</param>
    /// <param name="read">Fills a buffer from an offset and returns how many bytes there were.</param>
    public static SafetensorsHeader Read(string file, long fileLength, Func<byte[], long, int> read)
    {
        var header = new SafetensorsHeader(file);
        var prefix = new byte[8];
        if (fileLength < 8 || read(prefix, 0) < 8)
            throw header.Fault(
                SafetensorsError.TooShort, $"it has {fileLength} bytes, and the header's length alone takes 8");
        header.start = prefix;
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxLength)
            throw header.Fault(
                SafetensorsError.HeaderTooLarge,
                $"its header claims {length} bytes, and the format allows {MaxLength}");
        if ((long)length > fileLength - 8)
            throw header.Fault(
                SafetensorsError.HeaderTruncated, $"its header claims {length} bytes, and {fileLength - 8} follow");
        var json = new byte[length];
        if (read(json, 8) < json.Length)
            throw header.Fault(
                SafetensorsError.HeaderTruncated,
                $"it became shorter than its header of {length} bytes while it was read");
        if (!Utf8.IsValid(json))
            throw header.Fault(SafetensorsError.InvalidUtf8, "its header is not UTF-8");

        header.Parse(json, 8 + json.Length);
        header.CheckCover(8 + json.Length, fileLength);
        return header;
    }

    private void Parse(byte[] json, long dataStart)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || json[0] != (byte)'{')
                throw Fault(SafetensorsError.InvalidHeader, "its header does not begin with a JSON object");
            while (NextName(ref reader, out var name))
            {
                if (name == MetadataName)
                    ReadMetadata(ref reader);
                else
                    Add(ReadEntry(ref reader, name, dataStart));
            }
            reader.Read();
        }
        catch (JsonException exception)
        {
            throw Fault(SafetensorsError.InvalidJson, $"its header is not JSON ({exception.Message})", exception);
        }
    }

    private void Add(SafetensorsEntry entry)
    {
        if (!entries.TryAdd(entry.Name, entry))
            throw Fault(SafetensorsError.DuplicateName, $"two tensors are named '{entry.Name}'");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (metadataSeen)
            throw Fault(SafetensorsError.DuplicateName, $"'{MetadataName}' is given twice");
        metadataSeen = true;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Fault(SafetensorsError.InvalidMetadata, $"'{MetadataName}' is not an object of strings");
        while (NextName(ref reader, out var name))
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Fault(SafetensorsError.InvalidMetadata, $"'{name}' in '{MetadataName}' is not a string");
            if (!metadata.TryAdd(name, Text(ref reader)))
                throw Fault(SafetensorsError.DuplicateName, $"'{name}' is given twice in '{MetadataName}'");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name, long dataStart)
    {
        SafetensorsDtype? dtype = null;
        ImmutableArray<long>? shape = null;
        ImmutableArray<long>? offsets = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Fault(SafetensorsError.InvalidHeader, $"the entry '{name}' is not an object");
        while (NextName(ref reader, out var field))
        {
            if ((field, dtype, shape, offsets) is ("dtype", not null, _, _) or ("shape", _, not null,
                _) or ("data_offsets", _, _, not null))
                throw Fault(SafetensorsError.DuplicateName, $"'{field}' is given twice in the entry '{name}'");
            switch (field)
            {
                case "dtype":
                    dtype = ReadDtype(ref reader, name);
                    break;
                case "shape":
                    shape = ReadSizes(ref reader, name, field, MaxDimensions, SafetensorsError.InvalidShape);
                    break;
                case "data_offsets":
                    offsets = ReadSizes(ref reader, name, field, 2, SafetensorsError.InvalidOffsets);
                    break;
                default:
                    throw Fault(SafetensorsError.InvalidHeader, $"the entry '{name}' has an unknown field '{field}'");
            }
        }
        if (dtype is null || shape is null || offsets is null)
            throw Fault(SafetensorsError.InvalidHeader, $"the entry '{name}' lacks dtype, shape or data_offsets");
        if (offsets.Value is not [var begin, var end] || begin > end)
            throw Fault(SafetensorsError.InvalidOffsets,
                $"the offsets of '{name}' are not a begin and an end at or after it");
        if (end > long.MaxValue - dataStart)
            throw Fault(SafetensorsError.Overflow, $"the offsets of '{name}' do not fit into 63 bits");
        var length = Length(name, dtype, shape.Value);
        if (end - begin != length)
            throw Fault(SafetensorsError.SizeMismatch,
                $"'{name}' spans {end - begin} bytes, and {dtype.Name} [{string.Join(", ", shape)}] takes {length}");
        return new SafetensorsEntry(name, dtype.Type, shape.Value, dataStart + begin, length);
    }

    private SafetensorsDtype ReadDtype(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            throw Fault(SafetensorsError.InvalidHeader, $"the dtype of '{name}' is not a string");
        var text = Text(ref reader);
        return SafetensorsDtype.Find(text)
            ?? throw Fault(SafetensorsError.UnknownDtype, $"'{name}' has the dtype '{text}', "
            + $"and torch has {string.Join(", ", SafetensorsDtype.All.Select(each => each.Name))}");
    }

    private ImmutableArray<long> ReadSizes(
        ref Utf8JsonReader reader, string name, string field, int limit, SafetensorsError error)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Fault(SafetensorsError.InvalidHeader, $"the {field} of '{name}' is not an array");
        var sizes = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (sizes.Count == limit)
                throw Fault(error, $"the {field} of '{name}' has more than {limit} numbers");
            if (reader.TokenType != JsonTokenType.Number)
                throw Fault(error, $"the {field} of '{name}' holds something that is not a number");
            if (reader.TryGetInt64(out var size) && size >= 0)
                sizes.Add(size);
            else if (IsDigits(reader.ValueSpan))
                throw Fault(SafetensorsError.Overflow,
                    $"the {field} of '{name}' holds a number that does not fit into 63 bits");
            else
                throw Fault(error, $"the {field} of '{name}' holds a negative or fractional number");
        }
        return sizes.ToImmutable();
    }

    private static bool IsDigits(ReadOnlySpan<byte> number) => !number.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private long Length(string name, SafetensorsDtype dtype, ImmutableArray<long> shape)
    {
        // Sizes of zero count as one while overflow is looked for, because torch multiplies them so for its strides.
        UInt128 span = (UInt128)dtype.Size;
        foreach (var size in shape)
        {
            span *= (UInt128)Math.Max(size, 1);
            if (span > long.MaxValue)
                throw Fault(SafetensorsError.Overflow, $"the shape of '{name}' takes more bytes than fit into 63 bits");
        }
        return shape.Contains(0) ? 0 : (long)span;
    }

    private void CheckCover(long dataStart, long fileLength)
    {
        var ordered = entries.Values.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length).ToArray();
        var position = dataStart;
        foreach (var entry in ordered)
        {
            if (entry.Offset < position)
                throw Fault(SafetensorsError.Overlap,
                    $"'{entry.Name}' begins {position - entry.Offset} bytes before the tensor in front of it ends");
            if (entry.Offset > position)
                throw Fault(SafetensorsError.Hole,
                    $"the {entry.Offset - position} bytes before '{entry.Name}' belong to no tensor");
            position += entry.Length;
        }
        if (position > fileLength)
            throw Fault(SafetensorsError.Truncated, $"its tensors end at byte {position}, and it has {fileLength}");
        if (position < fileLength)
            throw Fault(SafetensorsError.TrailingBytes,
                $"its tensors end at byte {position}, and {fileLength - position} more follow");
        Entries = ordered;
    }

    private bool NextName(ref Utf8JsonReader reader, out string name)
    {
        reader.Read();
        var more = reader.TokenType == JsonTokenType.PropertyName;
        name = more ? Text(ref reader) : "";
        return more;
    }

    private string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException exception)
        {
            throw Fault(SafetensorsError.InvalidUtf8, "a string in its header holds half a surrogate pair", exception);
        }
    }

    private SafetensorsException Fault(SafetensorsError error, string what, Exception? inner = null) =>
        OtherFormat.Of(start) is var (format, advice)
        ? new(SafetensorsError.OtherFormat, $"'{file}' is not a safetensors file but {format}. {advice}", inner)
        : new(error, $"'{file}' is not a sound safetensors file: {what}. It may be damaged or of another format; "
        + "fetch or write it again.", inner);
}
