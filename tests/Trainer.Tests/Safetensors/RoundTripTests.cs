using System.Text;
using System.Text.Json;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Safetensors;

public sealed class RoundTripTests
{
    private static readonly Dictionary<string, string> None = [];

    /// <summary>The format's names in the reference implementation's order, of rising alignment.</summary>
    private static readonly string[] Order = ["BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "C64", "F64",
        "I64"];

    private static readonly ScalarType[] Types =
    [
        ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Float16, ScalarType.BFloat16,
        ScalarType.Int32, ScalarType.Float32, ScalarType.ComplexFloat32, ScalarType.Float64, ScalarType.Int64,
    ];

    [Fact]
    public void Random_tensors_come_back_bit_for_bit_from_a_file_of_the_canonical_form()
    {
        using var folder = new TemporaryFolder();
        for (var seed = 0; seed < 200; seed++)
        {
            using var scope = NewDisposeScope();
            var random = new System.Random(seed);
            var tensors = Tensors(random);
            var metadata = Enumerable.Range(0, random.Next(4)).ToDictionary(Text, Text);
            var path = folder.At($"{seed}.safetensors");

            SafetensorsWriter.Write(path, tensors, metadata);

            using var file = SafetensorsFile.Open(path);
            Assert.Equal(metadata, file.Metadata);
            Assert.Equal(tensors.Length, file.Entries.Count);
            foreach (var (name, tensor) in tensors)
            {
                var back = file.Read(name);
                Assert.Equal(tensor.dtype, back.dtype);
                Assert.Equal(tensor.shape, back.shape);
                Assert.Equal(tensor.bytes.ToArray(), back.bytes.ToArray());
            }
            AssertCanonical(File.ReadAllBytes(path));
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(24)]
    [InlineData(1000)]
    public void Pieces_of_any_length_give_the_same_file(int pieceLength)
    {
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors = [("a", arange(1000, ScalarType.Int64).reshape(10, 100)), ("b", ones(7, 3))];
        using var whole = new MemoryStream();
        using var pieces = new MemoryStream();

        SafetensorsWriter.Write(whole, tensors, None);
        SafetensorsWriter.Write(pieces, tensors, None, pieceLength);

        Assert.Equal(whole.ToArray(), pieces.ToArray());
    }

    [Fact]
    public void A_tensor_longer_than_a_piece_is_written_and_read_whole()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var tensor = arange(TensorBytes.PieceLength / 8 * 5 / 2, ScalarType.Int64);

        SafetensorsWriter.Write(folder.At("long.safetensors"), [("long", tensor)], None);

        using var file = SafetensorsFile.Open(folder.At("long.safetensors"));
        Assert.True(file.Read("long").bytes.SequenceEqual(tensor.bytes));
    }

    [Fact]
    public void Other_memory_layouts_are_written_row_major_and_read_into_place()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var rowMajor = arange(24, ScalarType.Float32).reshape(1, 2, 3, 4);
        var channelsLast = rowMajor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        Assert.False(channelsLast.is_contiguous());

        SafetensorsWriter.Write(folder.At("a"), [("weight", channelsLast)], None);

        using var file = SafetensorsFile.Open(folder.At("a"));
        Assert.Equal(rowMajor.bytes.ToArray(), file.Read("weight").bytes.ToArray());
        var target = zeros(1, 3, 4, 2).permute(0, 3, 1, 2);
        file.ReadInto("weight", target);
        Assert.Equal(rowMajor.bytes.ToArray(), target.contiguous().bytes.ToArray());
    }

    [Fact]
    public void Reading_needs_no_managed_copy_of_the_tensor()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(folder.At("a"), [("a", zeros(1 << 22))], None);
        using var file = SafetensorsFile.Open(folder.At("a"));

        var before = GC.GetAllocatedBytesForCurrentThread();
        file.Read("a");
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 100_000);
    }

    [Fact]
    public void No_tensors_make_a_sound_file()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.At("a"), [], None);
        Assert.Equal(
            [8, 0, 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes("{}      ")], File.ReadAllBytes(folder.At("a")));
        using var file = SafetensorsFile.Open(folder.At("a"));
        Assert.Empty(file.Entries);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("__metadata__")]
    public void A_name_that_is_taken_is_refused(string name)
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(
            () => SafetensorsWriter.Write(Stream.Null, [("a", ones(1)), (name, ones(1))], None));
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_open_is_an_error_of_its_own()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(folder.At("a"), [("a", ones(100))], None);
        using var file = SafetensorsFile.Open(folder.At("a"));
        using (var writer = new FileStream(folder.At("a"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            writer.SetLength(100);

        Assert.Equal(SafetensorsError.Truncated, Assert.Throws<SafetensorsException>(() => file.Read("a")).Error);
    }

    private static (string Name, Tensor Tensor)[] Tensors(System.Random random) =>
    [
        .. Enumerable.Range(0, random.Next(12)).Select(index =>
        {
            var type = Types[random.Next(Types.Length)];
            var shape = Enumerable.Range(0, random.Next(5)).Select(_ => (long)random.Next(random.Next(8) == 0 ? 1 : 6))
                .ToArray();
            var tensor = empty(shape, type);
            random.NextBytes(tensor.bytes);
            if (type == ScalarType.Bool)
            {
                foreach (ref var value in tensor.bytes)
                    value &= 1;
            }
            return (Text(index) + random.Next(100), tensor);
        }),
    ];

    /// <summary>Names that differ in UTF-16 and UTF-8 order, need escapes, or prefix one another.</summary>
    private static string Text(int index) =>
        new[] { "weight", "weight.", "Ünïcode", "\uFF5E", "\U0001F600", "a\"b\\c\n", "", "layer.10", "layer.2",
        "\u0001", "</script>", "0" }[index % 12];

    /// <summary>
    /// Decodes a file by hand: alignment, order of the entries, no gap, nothing after the header but spaces.
    /// </summary>
    private static void AssertCanonical(byte[] file)
    {
        var length = BitConverter.ToInt64(file);
        Assert.Equal(0, length % 8);
        using var header = JsonDocument.Parse(file.AsMemory(8, (int)length));
        var entries = header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").ToList();
        long position = 0;
        foreach (var entry in entries)
        {
            Assert.Equal(position, entry.Value.GetProperty("data_offsets")[0].GetInt64());
            position = entry.Value.GetProperty("data_offsets")[1].GetInt64();
        }
        Assert.Equal(file.Length, 8 + length + position);
        var keys = entries.Select(entry => (Rank: Array.IndexOf(Order, entry.Value.GetProperty("dtype").GetString()),
            Name: Convert.ToHexString(Encoding.UTF8.GetBytes(entry.Name)))).ToList();
        Assert.Equal(keys.OrderByDescending(key => key.Rank).ThenBy(key => key.Name, StringComparer.Ordinal), keys);
    }
}
