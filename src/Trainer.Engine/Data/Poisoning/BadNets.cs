using Trainer.Robustness.Components;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// A square patch of one brightness in a corner; poisoned images get the target's label (BadNets, Gu et al. 2017,
/// arXiv:1708.06733). Images of the target class are poisoned, too, as in BackdoorBench: the rows depend on no label.
/// </summary>
[Component("badnets")]
public sealed record BadNets : IBackdoor
{
    /// <summary>The class that images with the trigger are to be predicted as.</summary>
    [AtLeast(0)] public required int Target { get; init => field = Require.AtLeast(0, value); }

    /// <summary>The share of all training images that are poisoned.</summary>
    [Fraction] public required double Rate { get; init => field = Require.Fraction(value); }

    /// <summary>The side of the patch in pixels.</summary>
    [AtLeast(1)] public int Size { get; init => field = Require.AtLeast(1, value); } = 3;

    /// <summary>The corner of the patch.</summary>
    public PatchCorner Position { get; init; } = PatchCorner.BottomRight;

    /// <summary>The pixels between the patch and both borders.</summary>
    [AtLeast(0)] public int Offset { get; init => field = Require.AtLeast(0, value); }

    /// <summary>The brightness of the patch in every channel, from 0 to 1.</summary>
    [Between(0, 1)] public double Value { get; init => field = Require.Between(0, 1, value); } = 1;

    /// <summary>Decides, with the data set, which rows are poisoned.</summary>
    public long Seed { get; init; }

    /// <inheritdoc/>
    public void Check(ImageShape shape, int classes)
    {
        PoisonFault.CheckTarget(Target, classes);
        PoisonFault.CheckSize("size", Offset == 0 ? $"found {Size}" : $"found {Size} at the offset {Offset}",
            (long)Size + Offset, shape);
    }

    /// <inheritdoc/>
    public Tensor Images(PoisonBatch batch) => ((IBackdoor)this).Triggered(batch.Images);

    /// <inheritdoc/>
    public Tensor Labels(PoisonBatch batch) => full_like(batch.Labels, Target);

    /// <inheritdoc/>
    public Tensor Trigger(Tensor images)
    {
        var (height, width) = (images.shape[2], images.shape[3]);
        var top = Position is PatchCorner.TopLeft or PatchCorner.TopRight ? Offset : height - Offset - Size;
        var left = Position is PatchCorner.TopLeft or PatchCorner.BottomLeft ? Offset : width - Offset - Size;
        var triggered = images.clone();
        using var patch = triggered.narrow(2, top, Size);
        using var columns = patch.narrow(3, left, Size);
        columns.fill_(Value);
        return triggered;
    }
}
