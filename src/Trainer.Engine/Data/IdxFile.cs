using System.Buffers.Binary;

namespace Trainer.Engine.Data;

/// <summary>
/// Reads IDX files of unsigned bytes, plain or gzip: two zero bytes, 08, the number of dimensions, each dimension as
/// a big-endian 32-bit number, then the values (the format of MNIST's files).
/// </summary>
internal static class IdxFile
{
    public static int HeaderLength(int rank) => 4 + 4 * rank;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rank">How many dimensions to expect.</param>
    /// <returns>UInt8 of that rank, on the CPU, in the current dispose scope.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is damaged; the message is a predicate of it, with the offset in the unpacked file.
    /// </exception>
    public static Tensor Read(string path, int rank)
    {
        using var stream = GzipFile.Open(path, HeaderLength(rank), out var most);
        var source = new CountingReader(stream);

        var shape = ReadHeader(source, rank);
        var values = shape.Aggregate(
            1L, (product, length) => product > long.MaxValue / Math.Max(1, length) ? long.MaxValue : product * length);
        if (values > most)
            throw new InvalidDataException(
                $"is too short: its header promises {Shape(shape)} values from offset {HeaderLength(rank)} on, "
                + $"but only {most} can follow");

        var tensor = empty(shape, ScalarType.Byte);
        source.Fill(tensor.bytes, $"{Shape(shape)} values");
        source.ExpectEnd($"{Shape(shape)} values");
        return tensor;
    }

    private static long[] ReadHeader(CountingReader source, int rank)
    {
        Span<byte> word = stackalloc byte[4];
        source.Fill(word, "a magic number of 4 bytes");
        var magic = BinaryPrimitives.ReadUInt32BigEndian(word);
        var expected = 0x0800u + (uint)rank;
        if (magic != expected)
            throw new InvalidDataException(
                $"begins with 0x{magic:x8} at offset 0, expected 0x{expected:x8} (IDX, unsigned bytes, "
                + $"{rank} dimensions)");
        var shape = new long[rank];
        for (var dimension = 0; dimension < rank; dimension++)
        {
            source.Fill(word, $"a header of {HeaderLength(rank)} bytes");
            shape[dimension] = BinaryPrimitives.ReadUInt32BigEndian(word);
            if (shape[dimension] == 0)
                throw new InvalidDataException(
                    $"has length 0 of dimension {dimension} at offset {4 + 4 * dimension}, expected at least 1");
        }
        return shape;
    }

    private static string Shape(long[] shape) => string.Join('×', shape);
}
