using System.Buffers.Binary;
using System.IO.Compression;
using Trainer.Engine.Pictures;

namespace Trainer.Tests.Pictures;

public sealed class PngTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_pixels_come_back(int channels)
    {
        using var scope = NewDisposeScope();
        var pixels = (arange(channels * 2 * 5, ScalarType.Int64) * 7 % 256).to(ScalarType.Byte).reshape(channels, 2, 5);
        var chunks = Chunks(Png.Encode(pixels));

        Assert.Equal(["IHDR", "IDAT", "IEND"], chunks.Select(chunk => chunk.Type));
        byte[] header = [0, 0, 0, 5, 0, 0, 0, 2, 8, (byte)(channels == 1 ? 0 : 2), 0, 0, 0];
        Assert.Equal(header, chunks[0].Data);
        using var zlib = new ZLibStream(new MemoryStream(chunks[1].Data), CompressionMode.Decompress);
        using var decoded = new MemoryStream();
        zlib.CopyTo(decoded);
        var expected = new List<byte>();
        for (var row = 0; row < 2; row++)
        {
            expected.Add(0);
            for (var column = 0; column < 5; column++)
                expected.AddRange(
                    Enumerable.Range(0, channels).Select(channel => pixels[channel, row, column].item<byte>()));
        }
        Assert.Equal(expected, decoded.ToArray());
    }

    [Fact]
    public void An_end_chunk_has_the_checksum_that_every_file_ends_with()
    {
        using var pixels = zeros([1, 1, 1], ScalarType.Byte);
        Assert.Equal([0xAE, 0x42, 0x60, 0x82], Png.Encode(pixels)[^4..]);
    }

    [Fact]
    public void Other_channel_counts_are_refused()
    {
        using var pixels = zeros([2, 1, 1], ScalarType.Byte);
        Assert.StartsWith(
            "Found 2 channels, expected 1 or 3.", Assert.Throws<ArgumentException>(() => Png.Encode(pixels)).Message,
            StringComparison.Ordinal);
    }

    private static List<(string Type, byte[] Data)> Chunks(byte[] file)
    {
        Assert.Equal([137, 80, 78, 71, 13, 10, 26, 10], file[..8]);
        var chunks = new List<(string, byte[])>();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            chunks.Add((System.Text.Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += 12 + length;
        }
        return chunks;
    }
}
