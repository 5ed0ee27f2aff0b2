using Trainer.Engine.Data.Augmentation;
using Trainer.Engine.Data.Poisoning;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>
/// CIFAR-100 (Krizhevsky 2009): 50,000 training and 10,000 test images of 3×32×32 in a hundred classes, the fine ones.
/// </summary>
[Component("cifar-100")]
public sealed record Cifar100 : IDataSource
{
    private static readonly CifarDataSet Files = new(
        "cifar-100", ClassNames, ["train.bin"], "test.bin", LabelBytes: 2, TrainRows: 50_000, TestRows: 10_000);

    /// <summary>
    /// The folder of the two files of the binary version, plain or gzip; null looks in the usual places.
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

    private static IReadOnlyList<string> ClassNames =>
    [
        "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy",
            "bridge", "bus",
        "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud",
        "cockroach", "couch",
        "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster",
        "house", "kangaroo",
        "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle",
        "mountain", "mouse",
        "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree", "plain",
        "plate", "poppy",
        "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark", "shrew",
        "skunk", "skyscraper",
        "snail", "snake", "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone",
        "television", "tiger",
        "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
    ];

    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots) => Files.Load(Path, roots, Split);

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots) => Files.LoadTest(Path, roots);

    private SplitOptions Split => new(Validation, Extra, Poison, Exclude, Subset);
}
