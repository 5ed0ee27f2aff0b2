using SkiaSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Encoded;

namespace Trainer.Benchmarks;

/// <summary>A folder of JPEG files of 320×240 pixels, about 40 KB each, that is removed afterwards.</summary>
internal sealed class PictureFolder : IDisposable
{
    public const int Side = 224;
    private const int Different = 64;
    private const int Quality = 85;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("trainer-benchmark-");

    /// <summary>Makes the files.</summary>
    /// <param name="count">Of the training images, in two classes.</param>
    public PictureFolder(int count)
    {
        List<byte[]> pictures = [.. Enumerable.Range(0, Different).Select(Jpeg)];
        for (var number = 0; number < count; number++)
            Write("train", number % 2, number, pictures[number % Different]);
        foreach (var label in (int[])[0, 1])
            Write("test", label, 0, pictures[label]);
    }

    /// <summary>How many bytes a decoded image has.</summary>
    public static int DecodedLength => 3 * Side * Side;

    /// <summary>How the images are prepared.</summary>
    public static ImagePreparation Preparation => new(Resize: 232, Crop: Side, Grey: false);

    /// <summary>The training files.</summary>
    public string[] Files => Directory.GetFiles(
        Path.Combine(folder.FullName, "train"), "*.jpg", SearchOption.AllDirectories);

    /// <summary>The data set.</summary>
    public DataSplits Open(StreamOptions options) => new ImageFolderDataSet
    {
        Train = Path.Combine(folder.FullName, "train"),
        Test = Path.Combine(folder.FullName, "test"),
        Resize = Preparation.Resize,
        Crop = Preparation.Crop,
        Stream = options,
    }.Load([]);

    public void Dispose() => folder.Delete(recursive: true);

    private void Write(string part, int label, int number, byte[] content) => File.WriteAllBytes(
        Path.Combine(folder.CreateSubdirectory(Path.Combine(part, $"{label}")).FullName, $"{number}.jpg"), content);

    /// <summary>Waves of several lengths and a little noise: as large as a photograph of that size.</summary>
    private static byte[] Jpeg(int seed)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(new SKImageInfo(320, 240, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        Span<byte> values = new byte[pixels.Length];
        var (across, down) = (random.NextDouble(), random.NextDouble());
        for (var index = 0; index < values.Length; index++)
        {
            var (pixel, channel) = (index / 4, index % 4);
            var wave = Math.Sin(pixel % 320 * across + channel) + Math.Sin(pixel / 320 * down);
            values[index] = (byte)(channel == 3 ? 255 : Math.Clamp(128 + 45 * wave + random.Next(-12, 13), 0, 255));
        }
        System.Runtime.InteropServices.Marshal.Copy(values.ToArray(), 0, bitmap.GetPixels(), values.Length);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return encoded.ToArray();
    }
}
