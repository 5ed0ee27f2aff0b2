using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// Stochastic weight averaging (Izmailov et al. 2018, arXiv:1803.05407): the plain mean of the weights at regular
/// steps. The running statistics of batch norm are estimated for the mean at the end of each epoch, by a pass over the
/// clean training images as they are, without augmentation; a checkpoint from within an epoch has those of the network
/// in training. Before the first of the steps the average is a copy of that network.
/// </summary>
[Component("swa")]
public sealed record Swa : IAverage, ICrossChecked
{
    /// <summary>Epochs, counted from 0, after which the averaging begins.</summary>
    [AtLeast(0)] public required int FromEpoch { get; init => field = Require.AtLeast(0, value); }

    /// <summary>Steps between the weights that are averaged.</summary>
    [AtLeast(1)] public long? EverySteps { get; init => field = Require.AtLeast(1, value); }

    /// <summary>The same in epochs; 1 where neither is given.</summary>
    [AtLeast(1)] public int? EveryEpochs { get; init => field = Require.AtLeast(1, value); }

    /// <inheritdoc/>
    public IEnumerable<RecipeConflict> Conflicts()
    {
        if (EverySteps is not null && EveryEpochs is not null)
        {
            yield return new(
                "everyEpochs", $"found {EveryEpochs} beside everySteps {EverySteps}, expected one of the two");
        }
    }

    /// <inheritdoc/>
    public string? Caution(long epochs) =>
        EverySteps is null && FromEpoch + (EveryEpochs ?? 1) <= epochs || FromEpoch < epochs && EverySteps is not null
        ? null : $"swa: nothing is averaged before the end of the run, which has {Quantity.Of(epochs, "epoch")}: the "
        + $"average is a copy of the weights. Set fromEpoch below {epochs}, or train longer.";

    /// <inheritdoc/>
    public double Share(long step, long stepsPerEpoch)
    {
        var (taken, between) = Math.DivRem(Since(step, stepsPerEpoch), Period(stepsPerEpoch));
        return taken < 1 ? 1 : between == 0 ? 1.0 / taken : 0;
    }

    /// <inheritdoc/>
    public bool EstimatesStatistics(long step, long stepsPerEpoch) =>
        Since(step, stepsPerEpoch) >= Period(stepsPerEpoch);

    private long Since(long step, long stepsPerEpoch) => step - FromEpoch * stepsPerEpoch;

    private long Period(long stepsPerEpoch) => EverySteps ?? (EveryEpochs ?? 1) * stepsPerEpoch;
}
