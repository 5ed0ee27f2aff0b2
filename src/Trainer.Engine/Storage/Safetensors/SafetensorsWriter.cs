using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Trainer.Engine.Storage.Safetensors;

/// <summary>
/// Writes the safetensors format as its reference implementation does: the header padded with spaces to a multiple of
/// eight, tensors by dtype (of falling alignment) and then by name, row-major, without a gap.
/// </summary>
public static class SafetensorsWriter
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Writes a file, replacing one that is there: whole or not at all. Creates the folder where it is missing.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">On any device, of any memory layout; written one at a time.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; none where empty.</param>
    /// <exception cref="ArgumentException">
    /// A name occurs twice or is <c>__metadata__</c>, or the format has no such dtype.
    /// </exception>
    public static void Write(
        string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var unfinished = path + ".part";
        Destination.CreateFolderOf(path);
        try
        {
            using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None,
                bufferSize: 0))
                Write(stream, tensors, metadata);
            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Writes to a stream from its position.</summary>
    /// <param name="stream">Need not seek.</param>
    /// <param name="tensors">On any device, of any memory layout; written one at a time.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; none where empty.</param>
    /// <exception cref="ArgumentException">
    /// A name occurs twice or is <c>__metadata__</c>, or the format has no such dtype.
    /// </exception>
    public static void Write(
        Stream stream, IReadOnlyList<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string> metadata) =>
        Write(stream, tensors, metadata, TensorBytes.PieceLength);

    internal static void Write(
        Stream stream, IReadOnlyList<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string> metadata, int pieceLength)
    {
        var ordered = Order(tensors);
        stream.Write(Header(ordered, metadata));
        foreach (var (_, tensor, _) in ordered)
        {
            using var scope = NewDisposeScope();
            using var inference = no_grad();
            TensorBytes.ForEachPiece(
                tensor.detach().cpu().contiguous(), (bytes, _) => stream.Write(bytes), pieceLength);
        }
    }

    private static List<(string Name, Tensor Tensor, SafetensorsDtype Dtype)> Order(
        IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, _) in tensors)
        {
            if (name == SafetensorsHeader.MetadataName || !names.Add(name))
                throw new ArgumentException(
                    $"The name '{name}' is taken: each tensor needs one of its own, "
                    + $"and '{SafetensorsHeader.MetadataName}' is the format's.", nameof(tensors));
        }
        return [.. tensors
            .Select(item => (item.Name, item.Tensor, Dtype: SafetensorsDtype.Find(item.Tensor.dtype)
                ?? throw new ArgumentException(
                $"'{item.Name}' is {item.Tensor.dtype}, and the format has no such dtype.", nameof(tensors))))
            .OrderByDescending(item => item.Dtype.Rank)
            .ThenBy(item =>
            Encoding.UTF8.GetBytes(item.Name), Comparer<byte[]>.Create(
            (left, right) => left.AsSpan().SequenceCompareTo(right)))];
    }

    private static byte[] Header(
        List<(string Name, Tensor Tensor, SafetensorsDtype Dtype)> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
                WriteMetadata(json, metadata);
            long offset = 0;
            foreach (var (name, tensor, dtype) in tensors)
            {
                var end = offset + tensor.numel() * dtype.Size;
                json.WriteStartObject(name);
                json.WriteString("dtype", dtype.Name);
                WriteNumbers(json, "shape", tensor.shape);
                WriteNumbers(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }
            json.WriteEndObject();
        }
        var padded = (buffer.WrittenCount + 7) / 8 * 8;
        if (padded > SafetensorsHeader.MaxLength)
            throw new ArgumentException(
                $"The header would have {padded} bytes, and the format allows {SafetensorsHeader.MaxLength}.",
                nameof(tensors));
        var header = new byte[8 + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        buffer.WrittenSpan.CopyTo(header.AsSpan(8));
        header.AsSpan(8 + buffer.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafetensorsHeader.MetadataName);
        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, long[] numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
