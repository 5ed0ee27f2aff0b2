using Trainer.Engine.Data;
using Trainer.Robustness.Random;

namespace Trainer.Tests.Data;

public sealed class PermutationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void Each_number_is_there_once(int count) =>
        Assert.Equal(
        Enumerable.Range(0, count).Select(number => (long)number), Permutation.Of(RandomKey.Of(1), count).Order());

    [Fact]
    public void All_orders_of_three_are_equally_frequent()
    {
        const int Keys = 60_000;
        var counts = Enumerable.Range(0, Keys).CountBy(key => string.Concat(Permutation.Of(RandomKey.Of(key), 3)))
            .ToDictionary();
        Assert.Equal(6, counts.Count);
        // 10,000 on average, with a standard deviation of 91.
        Assert.All(counts.Values, count => Assert.InRange(count, 9_600, 10_400));
    }
}
