using System.Buffers.Binary;

namespace Trainer.EndToEnd;

/// <summary>A small data set of 1×8×8 images in MNIST's layout.</summary>
internal static class IdxFiles
{
    private const int Size = 8;

    /// <summary>Writes the four files into a folder, which it creates.</summary>
    public static void Write(string folder, int training, int test)
    {
        Directory.CreateDirectory(folder);
        Write(folder, "train", training);
        Write(folder, "t10k", test);
    }

    /// <summary>Images whose brightest row is their class, with a pattern that differs from image to image.</summary>
    private static void Write(string folder, string name, int count)
    {
        var images = new byte[16 + count * Size * Size];
        var labels = new byte[8 + count];
        Header(images, 0x803, count, Size, Size);
        Header(labels, 0x801, count);
        for (var image = 0; image < count; image++)
        {
            labels[8 + image] = (byte)(image % 10);
            for (var pixel = 0; pixel < Size * Size; pixel++)
            {
                var isBright = pixel / Size == image % 10 % Size;
                var value = isBright ? 200 + image % 50 : (image * 31 + pixel * 17) % 90;
                images[16 + image * Size * Size + pixel] = (byte)value;
            }
        }
        File.WriteAllBytes(Path.Combine(folder, $"{name}-images-idx3-ubyte"), images);
        File.WriteAllBytes(Path.Combine(folder, $"{name}-labels-idx1-ubyte"), labels);
    }

    private static void Header(byte[] file, params ReadOnlySpan<int> fields)
    {
        for (var index = 0; index < fields.Length; index++)
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 * index), fields[index]);
    }
}
