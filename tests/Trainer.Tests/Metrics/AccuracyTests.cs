using Trainer.Robustness.Metrics;

namespace Trainer.Tests.Metrics;

public sealed class AccuracyTests
{
    // Wilson 1927, computed beside the project from the formula with 50-digit arithmetic.
    [Theory]
    [InlineData(8, 10, 0.490162471536642, 0.943317848545625)]
    [InlineData(785, 1000, 0.758472183954613, 0.809346563708626)]
    [InlineData(0, 1000, 0, 0.003826758485555)]
    [InlineData(1000, 1000, 0.996173241514445, 1)]
    public void The_interval_is_Wilsons(long correct, long examples, double low, double high)
    {
        var interval = new Accuracy(correct, examples).Interval;
        Assert.Equal(low, interval.Low, 1e-12);
        Assert.Equal(high, interval.High, 1e-12);
    }

    [Fact]
    public void The_value_is_the_sum_over_the_count()
    {
        Assert.Equal(0.75, new Accuracy(3, 4).Value);
    }
}
