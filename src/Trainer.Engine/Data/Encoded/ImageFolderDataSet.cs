using System.Globalization;
using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// PNG and JPEG files in one folder a class, as torchvision's ImageFolder reads them: a class's label is its place
/// among the folders' names in ordinal order. They are decoded as torchvision's default loader decodes them.
/// </summary>
[Component("image-folder")]
public sealed record ImageFolderDataSet : IDataSource, ICrossChecked
{
    /// <summary>The folder of the training images, with one folder a class.</summary>
    [FilePath] public required string Train { get; init; }

    /// <summary>The folder of the test images, with the same folders.</summary>
    [FilePath] public required string Test { get; init; }

    /// <summary>
    /// The length of the shorter side, to which each image is resized by antialiased bilinear interpolation; null keeps
    /// the size.
    /// </summary>
    [AtLeast(1)] public int? Resize { get; init => field = Require.AtLeast(1, value); }

    /// <summary>The width and height of the middle of each image that is kept; null keeps all of it.</summary>
    [AtLeast(1)] public int? Crop { get; init => field = Require.AtLeast(1, value); }

    /// <summary>Whether colours become grey, in one channel.</summary>
    public bool Grey { get; init; }

    /// <summary>The order of the images, on which the held-out rows and the first test images depend.</summary>
    public FolderOrder Order { get; init; } = FolderOrder.Interleaved;

    /// <summary>How many of the training images are held out.</summary>
    [AtLeast(0)] public int Validation { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// The name by which the held-out rows are chosen, besides their number: with <c>fashion-mnist</c> they are those
    /// that <c>fashion-mnist</c> holds out.
    /// </summary>
    public string SplitAs { get; init; } = "image-folder";

    /// <summary>When the images are decoded, and on how many threads.</summary>
    public StreamOptions Stream { get; init; } = new();

    /// <summary>Random changes to the training images, in their order.</summary>
    public IReadOnlyList<IAugmentation> Augment { get; init; } = [];

    /// <summary>Images that fill a part of each training batch; null for none.</summary>
    public ExtraData? Extra { get; init; }

    /// <summary>What an attacker does to a part of the training images; null for nothing.</summary>
    public IPoison? Poison { get; init; }

    /// <summary>A file of training rows that are left out, as trainer inspect writes it; null for none.</summary>
    [FilePath] public string? Exclude { get; init; }

    /// <summary>A random part of the training rows, on which alone the run is trained; null for all.</summary>
    public TrainingSubset? Subset { get; init; }

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts() => Preparation.Conflicts();

    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots)
    {
        OwnData.CheckApart(Train, Test);
        using var scope = NewDisposeScope();
        var (names, testNames) = (TrainFolders.Names(), TestFolders.Names());
        CheckAlike(names, testNames);
        var opener = new EncodedImages(Stream);
        return OwnData.Split(
            SplitAs, (Train, Open(opener, TrainFolders, names)), (Test, Open(opener, TestFolders, names)), Split);
    }

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots)
    {
        using var scope = NewDisposeScope();
        var names = TestFolders.Names();
        // Labels are places among the test folders, and the network's are places among the training folders.
        if (Directory.Exists(Train))
            CheckAlike(TrainFolders.Names(), names);
        return DataSplits.OfTest(Open(new(Stream), TestFolders, names));
    }

    private ClassFolders TrainFolders => new(Train, "data.train");

    private ClassFolders TestFolders => new(Test, "data.test");

    private ImagePreparation Preparation => new(Resize, Crop, Grey);

    private ImageData Open(EncodedImages opener, ClassFolders folders, IReadOnlyList<string> names)
    {
        var images = folders.Images(names, Order);
        return opener.Open(Preparation, images, images.Count, names, _ => new(images));
    }

    private void CheckAlike(IReadOnlyList<string> training, IReadOnlyList<string> test)
    {
        var (missing, surplus) = (training.Except(test).ToList(), test.Except(training).ToList());
        if (missing.Count + surplus.Count > 0)
            throw OwnData.Fault(Test,
                $"has other class folders than {Train} ({List("missing", missing, "; ")}"
                + $"{List("only here", surplus, "")}), expected the same ones",
                missing.Concat(surplus).Any(IsDecomposed)
                ? "Some have letters with combining marks (NFD), which are others than composed letters (NFC). Rename "
                + $"them, for example by: convmv -r -f utf8 -t utf8 --nfc --notest {Train} {Test}"
                : "Make them the same: labels are their places in ordinal order");

        string List(string kind, List<string> names, string separator) =>
            names.Count == 0 ? ""
                : $"{kind}: {string.Join(", ", names.Take(5))}{(names.Count > 5 ? ", …" : "")}"
                    + (surplus.Count > 0 ? separator : "");
    }

    // The two may look alike. Without the tables of ICU nothing here composes them.
    private static bool IsDecomposed(string name) =>
        name.Any(letter => char.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark);

    private SplitOptions Split => new(Validation, Extra, Poison, Exclude, Subset);
}
