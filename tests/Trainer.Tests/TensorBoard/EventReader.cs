using System.Buffers.Binary;
using System.Text;

namespace Trainer.Tests.TensorBoard;

/// <summary>Reads event files by the formats' own descriptions, with none of the writer's code.</summary>
internal static class EventReader
{
    public sealed record Value(string Tag, float? Scalar, byte[]? Image, string? Text);

    public sealed record Entry(long Step, string? Version, bool IsStart, IReadOnlyList<Value> Values);

    public static List<Entry> Read(string path)
    {
        var entries = new List<Entry>();
        var bytes = File.ReadAllBytes(path);
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at, 8));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8, 4)));
            var message = bytes.AsSpan(at + 12, length);
            Assert.Equal(Masked(message), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length, 4)));
            entries.Add(ToEntry(message.ToArray()));
            at += 16 + length;
        }
        return entries;
    }

    /// <summary>CRC-32C bit by bit: the check value of "123456789" is 0xE3069283.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var carry = ((checksum ^ (uint)(value >> bit)) & 1) != 0;
                checksum >>= 1;
                if (carry)
                    checksum ^= 0x82F63B78;
            }
        }
        return ~checksum;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var checksum = Checksum(bytes);
        return unchecked(((checksum >> 15) | (checksum << 17)) + 0xa282ead8u);
    }

    private static Entry ToEntry(byte[] message)
    {
        var fields = Fields(message);
        var values = fields.Where(field => field.Number == 5).SelectMany(summary => Fields(summary.Bytes))
            .Select(value => ToValue(Fields(value.Bytes)));
        var version = fields.Find(field => field.Number == 3);
        return new(fields.Find(field => field.Number == 2).Varint, version.Bytes is null ? null
            : Encoding.UTF8.GetString(version.Bytes),
            fields.Exists(field => field.Number == 7), [.. values]);
    }

    private static Value ToValue(List<Field> fields)
    {
        byte[]? Find(int number) => fields.Find(field => field.Number == number).Bytes;
        float? scalar = Find(2) is { } single ? BinaryPrimitives.ReadSingleLittleEndian(single) : null;
        var image = Find(4) is { } picture ? Fields(picture).Find(field => field.Number == 4).Bytes : null;
        var text = Find(8) is { } tensor ? Encoding.UTF8.GetString(
            Fields(tensor).Find(field => field.Number == 8).Bytes!) : null;
        return new(Encoding.UTF8.GetString(Find(1)!), scalar, image, text);
    }

    private readonly record struct Field(int Number, long Varint, byte[]? Bytes);

    private static List<Field> Fields(byte[]? message)
    {
        var fields = new List<Field>();
        for (var at = 0; message is not null && at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var (number, type) = ((int)(tag >> 3), tag & 7);
            var length = type switch { 1 => 8, 5 => 4, 2 => (int)Varint(message, ref at), _ => 0 };
            fields.Add(type == 0 ? new(number, Varint(message, ref at), null)
                : new(number, 0, message[at..(at + length)]));
            at += length;
        }
        return fields;
    }

    private static long Varint(byte[] bytes, ref int at)
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            value |= (long)(bytes[at] & 0x7F) << shift;
            if ((bytes[at++] & 0x80) == 0)
                return value;
        }
    }
}
