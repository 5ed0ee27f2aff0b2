using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// An image data set in Parquet files, as Hugging Face has them: a column of PNG or JPEG files, either binary or a
/// struct whose <c>bytes</c> are, and a column of integer labels. Images are decoded as for <c>image-folder</c>.
/// </summary>
[Component("parquet")]
public sealed record ParquetDataSet : IDataSource, ICrossChecked
{
    /// <summary>
    /// The file of the training images, or a pattern such as <c>train-*.parquet</c>, whose files are read in the
    /// ordinal order of their names.
    /// </summary>
    [FilePath] public required string Train { get; init; }

    /// <summary>The file of the test images, or a pattern.</summary>
    [FilePath] public required string Test { get; init; }

    /// <summary>The column of the images.</summary>
    public string ImageColumn { get; init; } = "image";

    /// <summary>The column of the labels.</summary>
    public string LabelColumn { get; init; } = "label";

    /// <summary>
    /// One name a class, in the order of the labels; null takes those of the file's Hugging Face metadata.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>The number of classes, where neither recipe nor file has their names.</summary>
    [AtLeast(2)] public int? Classes { get; init => field = Require.AtLeast(2, value); }

    /// <summary>
    /// The length of the shorter side, to which each image is resized by antialiased bilinear interpolation; null keeps
    /// the size.
    /// </summary>
    [AtLeast(1)] public int? Resize { get; init => field = Require.AtLeast(1, value); }

    /// <summary>The width and height of the middle of each image that is kept; null keeps all of it.</summary>
    [AtLeast(1)] public int? Crop { get; init => field = Require.AtLeast(1, value); }

    /// <summary>Whether colours become grey, in one channel.</summary>
    public bool Grey { get; init; }

    /// <summary>How many of the training images are held out.</summary>
    [AtLeast(0)] public int Validation { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// The name by which the held-out rows are chosen, besides their number: with <c>fashion-mnist</c> they are those
    /// that <c>fashion-mnist</c> holds out.
    /// </summary>
    public string SplitAs { get; init; } = "parquet";

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
    public IEnumerable<RecipeConflict> Conflicts() =>
        Stated.Conflicts(isRequired: false).Concat(Preparation.Conflicts());

    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots)
    {
        foreach (var file in Files(Test))
            foreach (var other in Files(Train))
                OwnData.CheckApart(other, file);
        using var scope = NewDisposeScope();
        var opener = new EncodedImages(Stream);
        var (training, test) = (Open(opener, Train), Open(opener, Test));
        return OwnData.Split(SplitAs, (Train, training), (Test, test), Split);
    }

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots)
    {
        using var scope = NewDisposeScope();
        var test = Open(new(Stream), Test);
        if (TrainingNames() is { } names && NamedClasses.Difference(test.ClassNames, names) is { } difference)
            throw OwnData.Fault(Test, $"has other classes than {Train}: {difference}", "Make their names the same");
        return DataSplits.OfTest(test);
    }

    /// <summary>The names of the classes in the training files; null where these are missing or have none.</summary>
    private IReadOnlyList<string>? TrainingNames()
    {
        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(Train))))
            return null;
        foreach (var path in Files(Train).Where(File.Exists))
        {
            using var file = ParquetImages.Open(path, ImageColumn, LabelColumn);
            if (file.ClassNames is { } names)
                return names;
        }
        return null;
    }

    private StatedClasses Stated => new(ClassNames, Classes);

    private ImagePreparation Preparation => new(Resize, Crop, Grey);

    private ImageData Open(EncodedImages opener, string pattern)
    {
        var files = new List<ParquetImages>();
        try
        {
            foreach (var path in Files(pattern))
                files.Add(ParquetImages.Open(path, ImageColumn, LabelColumn));
            var names = Names(pattern, files);
            var count = files.Sum(file => file.Count);
            if (count is 0 or > int.MaxValue)
                throw OwnData.Fault(
                    pattern, $"holds {count} images, expected 1 to {int.MaxValue}", "Correct or replace the file");
            return opener.Open(
                Preparation, files.SelectMany(file => file.Read(names.Count)), (int)count, names,
                images => TemporaryImages.Store(pattern, images));
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    /// <summary>The names that the recipe states, or those that the files have.</summary>
    private IReadOnlyList<string> Names(string pattern, List<ParquetImages> files)
    {
        var stated = Stated.Resolve();
        foreach (var found in files.Select(file => file.ClassNames).OfType<IReadOnlyList<string>>())
        {
            var fits = stated is null || (ClassNames is null && found.Count == stated.Count)
                || found.SequenceEqual(stated);
            stated = fits ? found : throw OwnData.Fault(pattern,
                $"names the classes {string.Join(", ", found)}, expected {string.Join(", ", stated!)} as in the "
                + "recipe or the files before", "Leave data.classNames and data.classes out, or correct the files");
        }
        return stated ?? throw OwnData.Fault(
            pattern, $"has no names of classes (key '{ClassLabelNames.Key}' of its metadata)",
            "State data.classNames, or their number as data.classes");
    }

    private static IReadOnlyList<string> Files(string pattern)
    {
        var name = Path.GetFileName(pattern);
        if (!name.Contains('*', StringComparison.Ordinal))
            return [pattern];
        var folder = Path.GetDirectoryName(pattern)!;
        var files = OwnData.Read(folder, () => Directory.GetFiles(folder, name));
        return files.Length > 0 ? [.. files.Order(StringComparer.Ordinal)]
            : throw OwnData.Fault(folder, $"holds no file {name}", "Correct the pattern in data");
    }

    private SplitOptions Split => new(Validation, Extra, Poison, Exclude, Subset);
}
