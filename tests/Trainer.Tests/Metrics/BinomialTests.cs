using Trainer.Robustness.Metrics;

namespace Trainer.Tests.Metrics;

public sealed class BinomialTests
{
    [Theory]
    [InlineData(10, 0.5, 2, 56.0 / 1024)] // (1 + 10 + 45) / 2^10
    [InlineData(5, 0.3, 1, 0.52822)] // 0.7^5 + 5 · 0.3 · 0.7^4
    [InlineData(5, 0.9, 1, 0.00046)] // 0.1^5 + 5 · 0.9 · 0.1^4
    [InlineData(5, 0.3, -1, 0)]
    [InlineData(5, 0.3, 5, 1)]
    [InlineData(5, 0.3, 7, 1)]
    [InlineData(5, 0, 0, 1)]
    [InlineData(5, 1, 4, 0)]
    [InlineData(5, 1, 5, 1)]
    [InlineData(0, 0.3, 0, 1)]
    public void The_probability_of_at_most_so_many_successes_is_the_sum_of_the_terms(
        long trials, double probability, long successes, double expected) =>
        Assert.Equal(expected, new Binomial(trials, probability).AtMost(successes), 1e-14);

    // By exact fractions: P(X ≤ 551 | 1000, 0.6) = 0.000922 and P(X ≤ 552) = 0.001143.
    [Theory]
    [InlineData(1000, 0.6, 0.001, 551)]
    [InlineData(1000, 0.5, 0.001, 450)]
    [InlineData(60, 0.1875, 0.001, 2)]
    [InlineData(40, 0.975, 0.001, 34)]
    [InlineData(10, 0.5, 0.001, 0)] // 1 / 1024
    [InlineData(9, 0.5, 0.001, -1)] // 1 / 512
    [InlineData(5, 0, 0.001, -1)]
    [InlineData(5, 1, 0.001, 4)]
    public void A_test_rejects_the_smallest_numbers_whose_probability_is_within_the_level(
        long trials, double probability, double level, long expected) =>
        Assert.Equal(expected, new Binomial(trials, probability).LargestRejected(level));

    [Fact]
    public void A_hundred_thousand_trials_neither_underflow_nor_overflow()
    {
        Assert.Equal(0.5, new Binomial(100_001, 0.5).AtMost(50_000), 1e-7);
        // Within the normal approximation: 0.3 · 100,000 − 3.0902 · √21,000 = 29,552.
        Assert.InRange(new Binomial(100_000, 0.3).LargestRejected(0.001), 29_550, 29_555);
    }
}
