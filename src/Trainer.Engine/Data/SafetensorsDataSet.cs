using Trainer.Engine.Data.Augmentation;
using Trainer.Recipes;
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
    /// One name a class, in the order of the labels; or null, and <see cref="Classes"/> says how many.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>The number of classes; not needed where they have names.</summary>
    [AtLeast(2)] public int? Classes { get; init => field = Require.AtLeast(2, value); }

    /// <summary>How many of the training images are held out.</summary>
    [AtLeast(0)] public int Validation { get; init => field = Require.AtLeast(0, value); }

    /// <summary>Random changes to the training images, in their order.</summary>
    public IReadOnlyList<IAugmentation> Augment { get; init; } = [];

    /// <summary>Images that fill a part of each training batch; null for none.</summary>
    public ExtraData? Extra { get; init; }

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (ClassNames is null && Classes is null)
            yield return new("classes", "missing, expected the number of classes here or their names in classNames");
        if (ClassNames is { Count: < 2 })
            yield return new("classNames", $"found {ClassNames.Count} names, expected at least 2");
        if (ClassNames is { } names && Classes is { } classes && classes != names.Count)
            yield return new(
                "classes", $"found {classes}, but classNames has {names.Count} names; leave one of the two out");
    }

    /// <inheritdoc/>
    public DataSplits Load(IReadOnlyList<string> roots)
    {
        using var scope = NewDisposeScope();
        var (training, test) = (SafetensorsImages.Read(Train, Names), SafetensorsImages.Read(Test, Names));
        if (test.Shape != training.Shape)
            throw new TrainerException(
                ErrorKind.Data, $"{Test} holds images of {test.Shape}, but {Train} holds images of {training.Shape}. "
                + "Make them of one shape.");
        return DataSplits.Of("safetensors", training, test, Validation, Extra);
    }

    /// <inheritdoc/>
    public DataSplits LoadTest(IReadOnlyList<string> roots)
    {
        using var scope = NewDisposeScope();
        return DataSplits.OfTest(SafetensorsImages.Read(Test, Names));
    }

    private IReadOnlyList<string> Names =>
        ClassNames ?? [.. Enumerable.Range(0, Classes ?? 0).Select(label => $"{label}")];
}
