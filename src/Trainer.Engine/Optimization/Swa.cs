using Trainer.Robustness.Components;

namespace Trainer.Engine.Optimization;

/// <summary>
/// Stochastic weight averaging (Izmailov et al. 2018, arXiv:1803.05407): the plain mean of the weights at regular steps.
/// The running statistics of batch norm are estimated for the mean at the end of each epoch, by a pass over the clean
/// training images as they are, without augmentation; a checkpoint from within an epoch has those of the network in
/// training. Before the first of the steps the average is a copy of that network.
/// </summary>
/// <param name="FromEpoch">Epochs, counted from 0, after which the averaging begins.</param>
/// <param name="EverySteps">Steps between the weights that are averaged.</param>
/// <param name="EveryEpochs">The same in epochs; 1 where neither is given.</param>
[Component("swa")]
public sealed record Swa(int FromEpoch, long? EverySteps = null, int? EveryEpochs = null) : IAverage
{
    /// <summary>Epochs after which the averaging begins.</summary>
    [AtLeast(0)]
    public int FromEpoch { get; init; } = Require.AtLeast(0, FromEpoch);

    /// <summary>Steps between the weights that are averaged.</summary>
    [AtLeast(1)]
    public long? EverySteps { get; init; } = EverySteps is { } steps ? Require.AtLeast(1, steps, nameof(EverySteps)) : null;

    /// <summary>Epochs between the weights that are averaged.</summary>
    [AtLeast(1)]
    public int? EveryEpochs { get; init; } = EveryEpochs is not { } epochs ? null
        : EverySteps is null ? Require.AtLeast(1, epochs, nameof(EveryEpochs))
        : throw new ArgumentException($"Found {epochs} beside everySteps {EverySteps}, expected one of the two.", nameof(EveryEpochs));

    /// <inheritdoc/>
    public double Share(long step, long stepsPerEpoch)
    {
        var (taken, between) = Math.DivRem(Since(step, stepsPerEpoch), Period(stepsPerEpoch));
        return taken < 1 ? 1 : between == 0 ? 1.0 / taken : 0;
    }

    /// <inheritdoc/>
    public bool EstimatesStatistics(long step, long stepsPerEpoch) => Since(step, stepsPerEpoch) >= Period(stepsPerEpoch);

    private long Since(long step, long stepsPerEpoch) => step - FromEpoch * stepsPerEpoch;

    private long Period(long stepsPerEpoch) => EverySteps ?? (EveryEpochs ?? 1) * stepsPerEpoch;
}
