using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>
/// Blends each image with another, λ and 1 − λ, and its label likewise (Zhang et al. 2018, arXiv:1710.09412), λ ~
/// Beta(α, α). Each image has a λ of its own, where the public code has one for the batch.
/// </summary>
[Component("mixup")]
public sealed record Mixup : IAugmentation
{
    /// <summary>α; at 1, the paper's for CIFAR-10, λ is uniform.</summary>
    [Positive] public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public bool MixesLabels => true;

    /// <inheritdoc/>
    public AugmentedBatch Apply(AugmentedBatch batch, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var own = SymmetricBeta.Draw(Alpha, batch.Images.shape[0], batch.Images.device, random);
        // A convex combination may round to just above 1.
        var images = (own * batch.Images + (1 - own) * AugmentedBatch.Partners(batch.Images)).clamp_(0, 1);
        return AugmentedBatch.MoveToOuterScope(batch.Mixed(images, own.flatten()));
    }
}
