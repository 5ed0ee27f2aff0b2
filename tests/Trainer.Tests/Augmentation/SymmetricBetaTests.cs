using Trainer.Engine.Data.Augmentation;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Augmentation;

public sealed class SymmetricBetaTests
{
    [Theory]
    [InlineData(0.001)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    [InlineData(0.77)]
    [InlineData(0.999)]
    public void Quantiles_have_their_closed_forms(double probability)
    {
        Assert.Equal(probability, SymmetricBeta.Quantile(1, probability), 1e-12);
        Assert.Equal(Math.Pow(Math.Sin(Math.PI * probability / 2), 2), SymmetricBeta.Quantile(0.5, probability), 1e-12);
        var cubic = SymmetricBeta.Quantile(2, probability);
        Assert.Equal(probability, cubic * cubic * (3 - 2 * cubic), 1e-12);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(5)]
    public void Draws_have_the_mean_and_the_variance_of_the_distribution(double alpha)
    {
        using var scope = NewDisposeScope();
        var draws = SymmetricBeta.Draw(alpha, 20_000, CPU, RandomSource.ForBatch(RandomKey.Of(3)));
        Assert.Equal([20_000L, 1, 1, 1], draws.shape);
        Assert.Equal(0.5, draws.mean().item<float>(), 0.01);
        Assert.Equal(1 / (4 * (2 * alpha + 1)), draws.var(0).item<float>(), 0.005);
    }
}
