using System.Buffers.Binary;
using System.Text;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Safetensors;

/// <summary>Builds files byte by byte, and reads their headers from memory.</summary>
internal static class HeaderBytes
{
    public static byte[] File(string json, int dataLength, ulong? claimedLength = null) =>
        File(Encoding.UTF8.GetBytes(json), dataLength, claimedLength);

    public static byte[] File(byte[] header, int dataLength, ulong? claimedLength = null)
    {
        var file = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimedLength ?? (ulong)header.Length);
        header.CopyTo(file, 8);
        return file;
    }

    public static SafetensorsHeader Read(byte[] file) =>
        SafetensorsHeader.Read("memory", file.Length, (buffer, offset) =>
    {
        var count = (int)Math.Min(buffer.Length, file.Length - offset);
        file.AsSpan((int)offset, count).CopyTo(buffer);
        return count;
    });
}
