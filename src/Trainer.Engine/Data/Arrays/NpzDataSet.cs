using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Encoded;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data.Arrays;

/// <summary>
/// Images and labels in arrays of .npz files, as <c>numpy.savez</c> and <c>numpy.savez_compressed</c> write them.
/// Images are uint8, or floats in [0, 1], which are rounded to the nearest of the 256 levels; labels are integers from
/// 0.
/// </summary>
[Component("npz")]
public sealed record NpzDataSet : IDataSource, ICrossChecked
{
    /// <summary>The file of the training images.</summary>
    [FilePath] public required string Train { get; init; }

    /// <summary>The file of the test images, which may be the same where the arrays are others.</summary>
    [FilePath] public required string Test { get; init; }

    /// <summary>The name of the array of images.</summary>
    public string ImageArray { get; init; } = "images";

    /// <summary>The name of the array of labels.</summary>
    public string LabelArray { get; init; } = "labels";

    /// <summary>The name of the array of images in the file of the test images; null where it is the same.</summary>
    public string? TestImageArray { get; init; }

    /// <summary>The name of the array of labels in the file of the test images; null where it is the same.</summary>
    public string? TestLabelArray { get; init; }

    /// <summary>
    /// The meaning of the dimensions of the images; null where the shape tells: three dimensions, or four of which
    /// either the second or the last is 1 or 3.
    /// </summary>
    public ArrayLayout? Layout { get; init; }

    /// <summary>
    /// One name a class, in the order of the labels; or null, and <see cref="Classes"/> says how many.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>The number of classes; not needed where they have names.</summary>
    [AtLeast(2)] public int? Classes { get; init => field = Require.AtLeast(2, value); }

    /// <summary>How many of the training images are held out.</summary>
    [AtLeast(0)] public int Validation { get; init => field = Require.AtLeast(0, value); }

    /// <summary>
    /// The name by which the held-out rows are chosen, besides their number: with <c>fashion-mnist</c> they are those
    /// that <c>fashion-mnist</c> holds out.
    /// </summary>
    public string SplitAs { get; init; } = "npz";

    /// <summary>When the images are read, and on how many threads.</summary>
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
    public IEnumerable<RecipeConflict> Conflicts() => Stated.Conflicts(isRequired: true);

    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots)
    {
        if ((TestImageArray ?? ImageArray) == ImageArray)
            OwnData.CheckApart(Train, Test, "data.test or data.testImageArray");
        using var scope = NewDisposeScope();
        var arrays = Arrays;
        return OwnData.Split(
            SplitAs, (Train, arrays.Open(new NpzArray(Train, ImageArray), new NpzArray(Train, LabelArray))),
            (Test, OpenTest(arrays)), Split);
    }

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots)
    {
        using var scope = NewDisposeScope();
        return DataSplits.OfTest(OpenTest(Arrays));
    }

    private StatedClasses Stated => new(ClassNames, Classes);

    private ArrayImages Arrays => new(new(Stream), Layout, Stated.Resolve() ?? []);

    private ImageData OpenTest(ArrayImages arrays) => arrays.Open(
        new NpzArray(Test, TestImageArray ?? ImageArray), new NpzArray(Test, TestLabelArray ?? LabelArray));

    private SplitOptions Split => new(Validation, Extra, Poison, Exclude, Subset);
}
