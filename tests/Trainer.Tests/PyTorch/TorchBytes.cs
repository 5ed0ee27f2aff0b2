using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Trainer.Engine.Storage.PyTorch;

namespace Trainer.Tests.PyTorch;

/// <summary>Builds PyTorch files byte by byte, and reads them from memory.</summary>
internal static class TorchBytes
{
    /// <summary>The file of Fixtures/pytorch of that name.</summary>
    public static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "pytorch", name);

    public static TorchFile Open(byte[] file, string? key = null) =>
        TorchFile.Open("memory", new MemoryStream(file, writable: false), key);

    /// <summary>A zip archive of a pickle and of records below the same folder.</summary>
    public static byte[] Archive(byte[] pickle, params (string Name, byte[] Bytes)[] records) =>
        Zip(CompressionLevel.NoCompression, [("archive/data.pkl", pickle),
            .. records.Select(record => ($"archive/{record.Name}", record.Bytes))]);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] records)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, bytes) in records)
            {
                using var record = archive.CreateEntry(name, level).Open();
                record.Write(bytes);
            }
        return memory.ToArray();
    }

    /// <summary>The pickle of { "w": value }, where the value is what the instructions leave on the stack.</summary>
    public static byte[] Dict(params byte[] value) => [0x80, 2, .. "}"u8, .. Text("w"), .. value, .. "s."u8];

    /// <summary>Instructions that build a float32 tensor as a view of a storage "0".</summary>
    public static byte[] Tensor(int storage, int offset, int[] shape, int[] strides, string type = "FloatStorage") =>
    [
        .. Global("torch._utils", "_rebuild_tensor_v2"), .. "((X"u8, 7, 0, 0, 0, .. "storage"u8,
        .. Global("torch", type), .. Text("0"), .. Text("cpu"), .. Number(storage), .. "tQ"u8, .. Number(offset),
        .. Tuple(shape), .. Tuple(strides), 0x89, .. Global("collections", "OrderedDict"), .. ")RtR"u8,
    ];

    public static byte[] Global(string module, string name) => Encoding.ASCII.GetBytes($"c{module}\n{name}\n");

    public static byte[] Text(string text) => [(byte)'X', .. Bytes(text.Length), .. Encoding.ASCII.GetBytes(text)];

    public static byte[] Number(int number) => [(byte)'J', .. Bytes(number)];

    private static byte[] Tuple(int[] numbers) => [(byte)'(', .. numbers.SelectMany(Number), (byte)'t'];

    private static byte[] Bytes(int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
