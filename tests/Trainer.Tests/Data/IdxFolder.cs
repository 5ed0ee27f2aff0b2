using System.Buffers.Binary;
using System.IO.Compression;

namespace Trainer.Tests.Data;

/// <summary>A temporary folder with a hand-made data set: 6 training and 3 test images of 2×3.</summary>
internal sealed class IdxFolder : IDisposable
{
    public const string TrainImages = "train-images-idx3-ubyte";
    public const string TrainLabels = "train-labels-idx1-ubyte";
    public const string TestImages = "t10k-images-idx3-ubyte";
    public const string TestLabels = "t10k-labels-idx1-ubyte";

    public IdxFolder(bool packed = false)
    {
        Folder = Directory.CreateTempSubdirectory("idx").FullName;
        Write(TrainImages, Images(6), packed);
        Write(TrainLabels, Labels(9, 0, 0, 3, 1, 2), packed);
        Write(TestImages, Images(3), packed);
        Write(TestLabels, Labels(5, 5, 7), packed);
    }

    public string Folder { get; }

    /// <summary>Images whose values count up from 0.</summary>
    public static byte[] Images(int count, int height = 2, int width = 3) =>
        [.. Header(0x803, count, height, width),
        .. Enumerable.Range(0, count * height * width).Select(value => (byte)value)];

    public static byte[] Labels(params byte[] labels) => [.. Header(0x801, labels.Length), .. labels];

    public static byte[] Header(uint magic, params int[] shape)
    {
        var bytes = new byte[4 + 4 * shape.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, magic);
        for (var dimension = 0; dimension < shape.Length; dimension++)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + 4 * dimension), shape[dimension]);
        return bytes;
    }

    public static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(content);
        return packed.ToArray();
    }

    public void Write(string name, byte[] content, bool packed = false)
    {
        File.Delete(Path.Combine(Folder, name));
        File.Delete(Path.Combine(Folder, name + ".gz"));
        File.WriteAllBytes(Path.Combine(Folder, packed ? name + ".gz" : name), packed ? Pack(content) : content);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
