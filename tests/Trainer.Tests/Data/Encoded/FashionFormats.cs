using System.IO.Compression;

namespace Trainer.Tests.Data.Encoded;

/// <summary>
/// The first 128 training and 40 test images of Fashion-MNIST in several formats: Fixtures/fashion/make.py and
/// make_parquet.cs.
/// </summary>
internal sealed class FashionFormats : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FashionFormats() => ZipFile.ExtractToDirectory(At("folder.zip"), folder.Path);

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
        ["npz"] = $$"""
            { "type": "npz", "train": "{{At("fashion.npz")}}", "imageArray": "train_images", "labelArray": "train_labels",
              "test": "{{At("fashion.npz")}}", "testImageArray": "test_images", "testLabelArray": "test_labels",
              "classes": 10, "validation": 16, "splitAs": "fashion-mnist" }
            """,
        ["parquet"] = $$"""
            { "type": "parquet", "train": "{{At("train.parquet")}}", "test": "{{At("test*.parquet")}}", "grey": true,
              "validation": 16, "splitAs": "fashion-mnist" }
            """,
    };

    public void Dispose() => folder.Dispose();
}
