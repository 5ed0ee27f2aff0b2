using Trainer.Engine.Distributed;

namespace Trainer.Tests.Distributed;

public sealed class ExchangeCostTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void The_times_of_two_sums_give_back_the_constants_of_the_link(int processes)
    {
        var link = new ExchangeCost(processes, Latency: 25e-6, SecondsPerByte: 8e-10);
        var found = ExchangeCost.Of(processes, link.Seconds(0), link.Seconds(1 << 26), 1 << 26);
        Assert.Equal(link.Latency, found.Latency, 1e-12);
        Assert.Equal(link.SecondsPerByte, found.SecondsPerByte, 1e-16);
    }

    [Fact]
    public void A_sum_over_four_processes_sends_six_messages_with_one_and_a_half_times_the_bytes() => Assert.Equal(
        6 * 0.5 + 1.5 * 100 * 0.25, new ExchangeCost(4, Latency: 0.5, SecondsPerByte: 0.25).Seconds(100), 1e-12);

    [Fact]
    public void Each_piece_has_messages_of_its_own_also_the_last_one() => Assert.Equal(
        3 * 2 * 0.5, new ExchangeCost(2, Latency: 0.5, SecondsPerByte: 0).Seconds(80 << 20), 1e-12);

    [Fact]
    public void All_processes_find_the_same_cost()
    {
        var costs = ThreadCollectives.Run(2, ExchangeCost.Measure);
        Assert.Equal(costs[0], costs[1]);
        Assert.True(costs[0].Latency > 0);
    }
}
