using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Encoded;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>
/// A data set of one's own in two safetensors files, each with <c>images</c> (uint8 [N, C, H, W], 0 to 255) and
/// <c>labels</c> (int64 [N], from 0).
/// </summary>
[Component("safetensors")]
public sealed record SafetensorsDataSet : IDataSource, ICrossChecked
{
    /// <summary>The file of the training images.</summary>
    [FilePath] public required string Train { get; init; }

    /// <summary>The file of the test images, of the same shape.</summary>
    [FilePath] public required string Test { get; init; }

    /// <summary>
    /// One name a class, in the order of the labels; or null, and <see cref="Classes"/> is their number.
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
    public string SplitAs { get; init; } = "safetensors";

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
        OwnData.CheckApart(Train, Test);
        using var scope = NewDisposeScope();
        var opener = new EncodedImages(Stream);
        var (training, test) = (Open(opener, Train), Open(opener, Test));
        return OwnData.Split(SplitAs, (Train, training), (Test, test), Split);
    }

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots)
    {
        using var scope = NewDisposeScope();
        return DataSplits.OfTest(Open(new(Stream), Test));
    }

    private StatedClasses Stated => new(ClassNames, Classes);

    private ImageData Open(EncodedImages opener, string path) =>
        SafetensorsImages.Open(opener, path, Stated.Resolve() ?? []);

    private SplitOptions Split => new(Validation, Extra, Poison, Exclude, Subset);
}
