using Trainer.Recipes;

namespace Trainer.Engine.Data;

/// <summary>A data set in the four files of MNIST's layout.</summary>
/// <param name="Name">The name of its folder and its recipe type.</param>
/// <param name="ClassNames">One name a class, in the order of the labels.</param>
internal sealed record IdxDataSet(string Name, IReadOnlyList<string> ClassNames)
{
    private const string TrainImages = "train-images-idx3-ubyte";
    private const string TrainLabels = "train-labels-idx1-ubyte";
    private const string TestImages = "t10k-images-idx3-ubyte";
    private const string TestLabels = "t10k-labels-idx1-ubyte";

    private readonly DataFile file = new(Name);

    public DataSplits Load(string? path, IReadOnlyList<string> roots, SplitOptions options)
    {
        using var scope = NewDisposeScope();
        var files = new DataFolders(Name, roots).Find(path, [TrainImages, TrainLabels, TestImages, TestLabels]);
        var training = Read(files[TrainImages], files[TrainLabels]);
        var test = Read(files[TestImages], files[TestLabels]);
        if (test.Shape != training.Shape)
            throw file.Damaged(
                files[TestImages],
                $"holds images of {test.Shape}, but {files[TrainImages]} holds images of {training.Shape}");
        return DataSplits.Of(Name, training, test, options);
    }

    public DataSplits LoadTest(string? path, IReadOnlyList<string> roots)
    {
        using var scope = NewDisposeScope();
        var files = new DataFolders(Name, roots).Find(path, [TestImages, TestLabels]);
        return DataSplits.OfTest(Read(files[TestImages], files[TestLabels]));
    }

    private ImageData Read(string imagesFile, string labelsFile)
    {
        var images = Read(imagesFile, rank: 3);
        var labels = Read(labelsFile, rank: 1);
        if (labels.shape[0] != images.shape[0])
            throw file.Damaged(
                labelsFile,
                $"holds {Quantity.Of(labels.shape[0], "label")} (offset 4), but {imagesFile} holds "
                + $"{Quantity.Of(images.shape[0], "image")}");
        if (labels.bytes.IndexOfAnyExceptInRange((byte)0, (byte)(ClassNames.Count - 1)) is var row and >= 0)
            throw file.Damaged(
                labelsFile, $"has label {labels.bytes[row]} at offset {IdxFile.HeaderLength(1) + row}, "
                + $"expected 0 to {ClassNames.Count - 1}");
        return new ImageData(images.unsqueeze(1), labels.to(ScalarType.Int64), ClassNames);
    }

    private Tensor Read(string path, int rank) => file.Read(path, path => IdxFile.Read(path, rank));
}
