using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Trainer.Engine.Storage;

namespace Trainer.Engine.Pictures;

/// <summary>Writes PNG images of 8 bits a channel (ISO/IEC 15948).</summary>
internal static class Png
{
    private const byte Grey = 0;
    private const byte Rgb = 2;

    /// <summary>Encodes an image.</summary>
    /// <param name="pixels">UInt8 [C, H, W] on the CPU: C is 1 for grey, 3 for RGB.</param>
    public static byte[] Encode(Tensor pixels)
    {
        var (channels, height, width) = ((int)pixels.shape[0], (int)pixels.shape[1], (int)pixels.shape[2]);
        if (channels is not (1 or 3))
            throw new ArgumentException($"Found {channels} channels, expected 1 or 3.", nameof(pixels));
        using var rows = pixels.permute(1, 2, 0).contiguous();
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = channels == 1 ? Grey : Rgb;
        Chunk(file, "IHDR", header);
        Chunk(file, "IDAT", Compress(rows.bytes, channels * width, height));
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>Each row after a byte that marks it as not filtered.</summary>
    private static byte[] Compress(ReadOnlySpan<byte> pixels, int rowLength, int height)
    {
        using var memory = new MemoryStream();
        using (var zlib = new ZLibStream(memory, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var row = 0; row < height; row++)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(row * rowLength, rowLength));
            }
        }
        return memory.ToArray();
    }

    private static void Chunk(Stream file, string type, ReadOnlySpan<byte> data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(body));
        file.Write(number);
    }
}
