using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>
/// Zalando's clothes (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747): 60,000 training and 10,000 test images of
/// 1×28×28.
/// </summary>
[Component("fashion-mnist")]
public sealed record FashionMnist : IDataSource
{
    private static readonly string[] ClassNames =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>The folder of the four IDX files, plain or gzip; null looks in the usual places.</summary>
    [FilePath] public string? Path { get; init; }

    /// <summary>How many of the training images are held out.</summary>
    [AtLeast(0)] public int Validation { get; init => field = Require.AtLeast(0, value); } = 5000;

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
    public DataSplits Load(IReadOnlyList<string> roots) =>
        new IdxDataSet("fashion-mnist", ClassNames).Load(Path, roots, Split);

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots) =>
        new IdxDataSet("fashion-mnist", ClassNames).LoadTest(Path, roots);

    private SplitOptions Split => new(Validation, Extra, Poison, Exclude, Subset);
}
