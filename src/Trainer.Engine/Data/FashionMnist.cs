using Trainer.Engine.Data.Augmentation;
using Trainer.Recipes.Binding;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>Zalando's clothes (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747): 60,000 training and 10,000 test images of 1×28×28.</summary>
/// <param name="Path">The folder of the four IDX files, plain or gzip; null looks in the usual places.</param>
/// <param name="Validation">How many of the training images are held out.</param>
/// <param name="Augment">Random changes to the training images, in their order.</param>
/// <param name="Extra">Images that fill a part of each training batch; null for none.</param>
[Component("fashion-mnist")]
public sealed record FashionMnist([FilePath] string? Path = null, int Validation = 5000, IReadOnlyList<IAugmentation>? Augment = null, ExtraData? Extra = null) : IDataSource
{
    private static readonly string[] ClassNames =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>How many of the training images are held out.</summary>
    [AtLeast(0)]
    public int Validation { get; init; } = Require.AtLeast(0, Validation);

    /// <inheritdoc/>
    public IReadOnlyList<IAugmentation> Augment { get; init; } = Augment ?? [];

    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots) => new IdxDataSet("fashion-mnist", ClassNames).Load(Path, roots, Validation, Extra);

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots) => new IdxDataSet("fashion-mnist", ClassNames).LoadTest(Path, roots);
}
