using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>CIFAR-10 (Krizhevsky 2009): 50,000 training and 10,000 test images of 3×32×32 in ten classes.</summary>
[Component("cifar-10")]
public sealed record Cifar10 : IDataSource
{
    private static readonly CifarDataSet Files = new(
        "cifar-10",
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
            "test_batch.bin",
        LabelBytes: 1, TrainRows: 10_000, TestRows: 10_000);

    /// <summary>
    /// The folder of the six files of the binary version, plain or gzip; null looks in the usual places.
    /// </summary>
    [FilePath] public string? Path { get; init; }

    /// <summary>How many of the training images are held out.</summary>
    [AtLeast(0)] public int Validation { get; init => field = Require.AtLeast(0, value); } = 1000;

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
    public DataSplits Load(IReadOnlyList<string> roots) => Files.Load(Path, roots, Split);

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots) => Files.LoadTest(Path, roots);

    private SplitOptions Split => new(Validation, Extra, Poison, Exclude, Subset);
}
