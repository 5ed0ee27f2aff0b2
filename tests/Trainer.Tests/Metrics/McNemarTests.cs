using Trainer.Robustness.Metrics;

namespace Trainer.Tests.Metrics;

public sealed class McNemarTests
{
    [Theory]
    [InlineData(0, 0, 1.0)] // No difference.
    [InlineData(1, 1, 1.0)] // Twice 3/4, and no probability is above 1.
    [InlineData(0, 5, 2.0 / 32)]
    [InlineData(5, 0, 2.0 / 32)]
    [InlineData(1, 9, 2 * (1.0 + 10) / 1024)]
    [InlineData(2, 8, 2 * (1.0 + 10 + 45) / 1024)]
    [InlineData(4, 12, 2 * (1.0 + 16 + 120 + 560 + 1820) / 65536)]
    public void The_p_value_is_twice_the_binomial_tail(int first, int second, double expected) =>
        Assert.Equal(expected, new McNemar(first, second).PValue, 1e-14);

    [Fact]
    public void Thousands_of_examples_neither_underflow_nor_overflow()
    {
        Assert.Equal(1, new McNemar(5000, 5000).PValue, 1e-12);
        // The normal approximation with continuity correction: z = (|5200 − 4800| − 1) / √10000 = 3.99, p = 6.6e-5.
        Assert.Equal(6.6e-5, new McNemar(4800, 5200).PValue, 1e-6);
        Assert.Equal(0, new McNemar(0, 3000).PValue);
    }

    [Fact]
    public void Only_examples_on_which_the_two_differ_count()
    {
        var test = McNemar.Of([true, true, false, false, true], [true, false, true, false, false]);
        Assert.Equal(new(2, 1), test);
    }

    [Fact]
    public void Other_examples_are_refused() =>
        Assert.Throws<ArgumentException>(() => McNemar.Of([true], [true, false]));
}
