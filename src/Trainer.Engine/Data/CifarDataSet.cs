namespace Trainer.Engine.Data;

/// <summary>
/// A data set in the binary files of CIFAR: row after row a label's bytes and an image of 3×32×32, without a header.
/// </summary>
/// <param name="Name">The name of its folder and its recipe type.</param>
/// <param name="ClassNames">One name a class, in the order of the labels.</param>
/// <param name="TrainFiles">The files of the training images, in their order.</param>
/// <param name="TestFile">The file of the test images.</param>
/// <param name="LabelBytes">Bytes of labels before each image, of which the last one is the class.</param>
/// <param name="TrainRows">The rows of a training file.</param>
/// <param name="TestRows">The rows of the test file.</param>
internal sealed record CifarDataSet(
    string Name, IReadOnlyList<string> ClassNames, IReadOnlyList<string> TrainFiles, string TestFile, int LabelBytes,
    int TrainRows, int TestRows)
{
    private const int ImageBytes = 3 * 32 * 32;
    private readonly DataFile file = new(Name);

    private int RowBytes => LabelBytes + ImageBytes;

    public DataSplits Load(string? path, IReadOnlyList<string> roots, SplitOptions options)
    {
        using var scope = NewDisposeScope();
        var files = new DataFolders(Name, roots).Find(path, [.. TrainFiles, TestFile]);
        var parts = TrainFiles.Select(name => Read(files[name], TrainRows)).ToList();
        var training = new ImageData(
            cat([.. parts.Select(part => part.Images)], 0), cat([.. parts.Select(part => part.Labels)], 0), ClassNames);
        return DataSplits.Of(Name, training, Read(files[TestFile], TestRows), options);
    }

    public DataSplits LoadTest(string? path, IReadOnlyList<string> roots)
    {
        using var scope = NewDisposeScope();
        return DataSplits.OfTest(Read(new DataFolders(Name, roots).Find(path, [TestFile])[TestFile], TestRows));
    }

    private ImageData Read(string path, int count)
    {
        var rows = file.Read(path, path => Read(path, count, $"{count} rows of {RowBytes} bytes"));
        using var classes = rows.select(1, LabelBytes - 1).contiguous();
        if (classes.bytes.IndexOfAnyExceptInRange((byte)0, (byte)(ClassNames.Count - 1)) is var row and >= 0)
            throw file.Damaged(
                path, $"has label {classes.bytes[row]} at offset {(long)row * RowBytes + LabelBytes - 1}, "
                + $"expected 0 to {ClassNames.Count - 1}");
        return new ImageData(
            rows.narrow(1, LabelBytes, ImageBytes).reshape(count, 3, 32, 32).contiguous(), classes.to(ScalarType.Int64),
            ClassNames);
    }

    private Tensor Read(string path, int count, string expected)
    {
        using var stream = GzipFile.Open(path, headerLength: 0, out _);
        var source = new CountingReader(stream);
        var rows = empty([count, RowBytes], ScalarType.Byte);
        source.Fill(rows.bytes, expected);
        source.ExpectEnd(expected);
        return rows;
    }
}
