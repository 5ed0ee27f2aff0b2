using Trainer.Robustness.Components;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Data.Augmentation;

/// <summary>Mirrors some of the images, left to right.</summary>
[Component("flip")]
public sealed record Flip : IAugmentation
{
    /// <summary>The probability of each image.</summary>
    [Between(0, 1)] public double Probability { get; init => field = Require.Between(0, 1, value); } = 0.5;

    /// <inheritdoc/>
    public bool MovesPixels => true;

    /// <inheritdoc/>
    public AugmentedBatch Apply(AugmentedBatch batch, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var chosen = random.Uniform(empty([batch.Images.shape[0], 1, 1, 1], ScalarType.Float32, batch.Images.device))
            .lt(Probability);
        return batch with { Images = where(chosen, batch.Images.flip(3), batch.Images).MoveToOuterDisposeScope() };
    }
}
