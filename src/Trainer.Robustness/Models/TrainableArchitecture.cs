using Trainer.Robustness.Components;

namespace Trainer.Robustness.Models;

/// <summary>
/// The options by which a recipe begins training with weights that exist; every network of the engine has them. An
/// architecture of your own has them where its record derives from this one and names <see cref="IArchitecture"/> too.
/// </summary>
public abstract record TrainableArchitecture : ICrossChecked
{
    /// <summary>
    /// The weights to begin training with: a run folder (its best checkpoint), a checkpoint, or a file of safetensors
    /// or PyTorch; null for random ones. A resume does not need it.
    /// </summary>
    [FilePath] public string? Weights { get; init; }

    /// <summary>
    /// The key of the state dict within a PyTorch file, levels separated by dots; null where there is but one.
    /// </summary>
    public string? WeightsKey { get; init; }

    /// <summary>
    /// Whether the last layer begins with random weights instead of those of the file, as for other classes.
    /// </summary>
    public bool NewHead { get; init; }

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (Weights is null && WeightsKey is not null)
            yield return new("weightsKey", $"found \"{WeightsKey}\", but no weights are named; add \"weights\"");
        if (Weights is null && NewHead)
            yield return new("newHead", "found true, but no weights are named, so that every layer is new; add "
                + "\"weights\", or leave it out");
    }
}
