// Makes train.parquet and test.parquet of folder.zip, which make.py makes, with Apache's own writer:
//
//     dotnet run make_parquet.cs [FOLDER]      (made with ParquetSharp 25.0.1.2 and .NET 10)
//
// Their columns are those of the Hugging Face data set: a struct image of bytes and path, the integer label, and the
// class names in the metadata. train.parquet is Snappy in row groups of 50, test.parquet Zstandard in one.
#:package ParquetSharp@25.0.1.2
#:property ManagePackageVersionsCentrally=false
#:property PublishAot=false
#:property TreatWarningsAsErrors=false
using System.IO.Compression;
using System.Runtime.CompilerServices;
using ParquetSharp;
using ParquetSharp.Schema;

const string Metadata = """
    {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["T - shirt / top", "Trouser", "Pullover",
    "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"], "_type": "ClassLabel"}}}}
    """;
var folder = args.Length > 0 ? args[0] : Path.GetDirectoryName(Here())!;
using var archive = ZipFile.OpenRead(Path.Combine(folder, "folder.zip"));
Write("train", Compression.Snappy, rowsOfGroup: args.Length > 0 ? 1000 : 50);
Write("test", Compression.Zstd, rowsOfGroup: int.MaxValue);

void Write(string part, Compression compression, int rowsOfGroup)
{
    var entries = archive.Entries.Where(entry => entry.FullName.StartsWith($"{part}/", StringComparison.Ordinal))
        .OrderBy(entry => entry.Name, StringComparer.Ordinal).ToList();
    using var bytes = new PrimitiveNode("bytes", Repetition.Optional, LogicalType.None(), PhysicalType.ByteArray);
    using var path = new PrimitiveNode("path", Repetition.Optional, LogicalType.String(), PhysicalType.ByteArray);
    using var image = new GroupNode("image", Repetition.Optional, [bytes, path]);
    using var label = new PrimitiveNode("label", Repetition.Optional, LogicalType.None(), PhysicalType.Int64);
    using var schema = new GroupNode("schema", Repetition.Required, [image, label]);
    using var properties = new WriterPropertiesBuilder().Compression(compression).Build();
    using var file = new ParquetFileWriter(
        Path.Combine(folder, $"{part}.parquet"), schema, properties,
        new Dictionary<string, string> { ["huggingface"] = Metadata.ReplaceLineEndings(" ") });
    foreach (var rows in entries.Chunk(rowsOfGroup))
    {
        using var group = file.AppendRowGroup();
        using (var column = group.NextColumn().LogicalWriter<Nested<byte[]?>?>())
            column.WriteBatch([.. rows.Select(row => (Nested<byte[]?>?)new Nested<byte[]?>(Content(row)))]);
        using (var column = group.NextColumn().LogicalWriter<Nested<string?>?>())
            column.WriteBatch([.. rows.Select(row => (Nested<string?>?)new Nested<string?>(row.Name))]);
        using (var column = group.NextColumn().LogicalWriter<long?>())
            column.WriteBatch([.. rows.Select(row => (long?)long.Parse(row.FullName.Split('/')[1]))]);
    }
    file.Close();
}

static byte[] Content(ZipArchiveEntry entry)
{
    using var content = new MemoryStream();
    using (var stream = entry.Open())
        stream.CopyTo(content);
    return content.ToArray();
}

static string Here([CallerFilePath] string path = "") => path;
