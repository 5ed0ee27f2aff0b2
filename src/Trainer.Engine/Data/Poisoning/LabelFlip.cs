using Trainer.Robustness.Components;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>
/// Wrong labels on images that stay as they are (Biggio, Nelson and Laskov 2011; symmetric label noise where there is
/// no target). There is no trigger, and so no attack success rate.
/// </summary>
[Component("label-flip")]
public sealed record LabelFlip : IPoison
{
    /// <summary>
    /// The share of all training images whose label is set. Rows among them that have the <see cref="Target"/>'s label
    /// already stay as they are, and do not count as poisoned.
    /// </summary>
    [Fraction] public required double Rate { get; init => field = Require.Fraction(value); }

    /// <summary>
    /// The new label; null for one of the other classes, each with the same probability.
    /// </summary>
    [AtLeast(0)] public int? Target { get; init => field = Require.AtLeast(0, value); }

    /// <summary>Decides, with the data set, which rows are poisoned, and their labels.</summary>
    public long Seed { get; init; }

    /// <inheritdoc/>
    public void Check(ImageShape shape, int classes)
    {
        if (Target is { } target)
            PoisonFault.CheckTarget(target, classes);
    }

    /// <inheritdoc/>
    public Tensor Images(PoisonBatch batch) => batch.Images;

    /// <inheritdoc/>
    public Tensor Labels(PoisonBatch batch)
    {
        if (Target is { } target)
            return full_like(batch.Labels, target);
        var key = RandomKey.Of(Seed).With("poison").With("label-flip");
        var labels = batch.Labels.data<long>().Zip(batch.Rows, (label, row) =>
            (label + 1 + ((key.With(row).Seed * (batch.Classes - 1)) >> 32)) % batch.Classes);
        return tensor(labels.ToArray());
    }
}
