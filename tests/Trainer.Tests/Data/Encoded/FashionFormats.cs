using System.IO.Compression;
using Trainer.Engine.Data.Arrays;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Data.Encoded;

/// <summary>
/// The first 128 training and 40 test images of Fashion-MNIST in several formats: Fixtures/fashion/make.py and
/// make_parquet.cs; the arrays of its .npz file also uncompressed, as .npy files and in safetensors files.
/// </summary>
internal sealed class FashionFormats : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FashionFormats()
    {
        ZipFile.ExtractToDirectory(At("folder.zip"), folder.Path);
        ZipFile.ExtractToDirectory(At("fashion.npz"), folder.At("arrays"));
        ZipFile.CreateFromDirectory(
            folder.At("arrays"), folder.At("stored.npz"), CompressionLevel.NoCompression, includeBaseDirectory: false);
        using var data = new NpzDataSet
        {
            Train = At("fashion.npz"),
            ImageArray = "train_images",
            LabelArray = "train_labels",
            Test = At("fashion.npz"),
            TestImageArray = "test_images",
            TestLabelArray = "test_labels",
            Classes = 10,
        }.Load([]);
        foreach (var (name, part) in (ReadOnlySpan<(string, Engine.Data.ImageData)>)[
            ("train", data.Train), ("test", data.Test)])
            SafetensorsWriter.Write(
                folder.At($"{name}.safetensors"), [("images", part.Images), ("labels", part.Labels)],
                new Dictionary<string, string>());
    }

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Fixtures", "fashion");

    public static string At(string name) => Path.Combine(Folder, name);

    /// <summary>The folder of the training images as PNG files.</summary>
    public string TrainFolder => folder.At("train");

    /// <summary>The recipe's data for each format, by its type.</summary>
    public IReadOnlyDictionary<string, string> Data => new Dictionary<string, string>
    {
        ["fashion-mnist"] = $$"""{ "type": "fashion-mnist", "path": "{{Folder}}", "validation": 16 }""",
        ["image-folder"] = $$"""
            { "type": "image-folder", "train": "{{folder.At("train")}}", "test": "{{folder.At("test")}}",
              "grey": true, "order": "name", "validation": 16, "splitAs": "fashion-mnist" }
            """,
        ["npz"] = Npz(At("fashion.npz")),
        ["npz, stored"] = Npz(folder.At("stored.npz")),
        ["npy"] = $$"""
            { "type": "npy", "train": "{{Array("train_images")}}", "trainLabels": "{{Array("train_labels")}}",
              "test": "{{Array("test_images")}}", "testLabels": "{{Array("test_labels")}}",
              "classes": 10, "validation": 16, "splitAs": "fashion-mnist" }
            """,
        ["safetensors"] = $$"""
            { "type": "safetensors", "train": "{{folder.At("train.safetensors")}}",
              "test": "{{folder.At("test.safetensors")}}", "classes": 10, "validation": 16, "splitAs": "fashion-mnist" }
            """,
        ["parquet"] = $$"""
            { "type": "parquet", "train": "{{At("train.parquet")}}", "test": "{{At("test*.parquet")}}", "grey": true,
              "validation": 16, "splitAs": "fashion-mnist" }
            """,
    };

    public void Dispose() => folder.Dispose();

    private string Array(string name) => folder.At($"arrays/{name}.npy");

    private static string Npz(string file) => $$"""
        { "type": "npz", "train": "{{file}}", "imageArray": "train_images", "labelArray": "train_labels",
          "test": "{{file}}", "testImageArray": "test_images", "testLabelArray": "test_labels",
          "classes": 10, "validation": 16, "splitAs": "fashion-mnist" }
        """;
}
