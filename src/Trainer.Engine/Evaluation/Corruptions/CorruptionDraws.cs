using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>What a corruption draws: for each image a function of its place in the data set alone.</summary>
/// <param name="random">One stream for each image.</param>
internal class CorruptionDraws(RandomSource random)
{
    /// <summary>Uniform in [0, 1).</summary>
    /// <param name="number">The number of the draw.</param>
    /// <param name="shape">[N, …].</param>
    /// <returns>Float64.</returns>
    public virtual Tensor Uniform(int number, params long[] shape)
    {
        using var like = empty(shape, ScalarType.Float64);
        return random.With(number).Uniform(like);
    }

    /// <summary>Standard normal.</summary>
    /// <inheritdoc cref="Uniform"/>
    public virtual Tensor Normal(int number, params long[] shape)
    {
        using var like = empty(shape, ScalarType.Float64);
        return random.With(number).Normal(like);
    }
}
