using Trainer.Reports.Charts;

namespace Trainer.Tests.Reports;

public sealed class NiceTicksTests
{
    [Theory]
    [InlineData(0.564, 0.849, 5, new[] { 0.5, 0.6, 0.7, 0.8, 0.9 })]
    [InlineData(0, 2.33, 5, new[] { 0, 0.5, 1, 1.5, 2, 2.5 })]
    [InlineData(-3, 7, 5, new[] { -4.0, -2, 0, 2, 4, 6, 8 })]
    [InlineData(0, 1, 5, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(0, 0.00012, 4, new[] { 0, 0.00005, 0.0001, 0.00015 })]
    [InlineData(1638, 2489, 5, new[] { 1600.0, 1800, 2000, 2200, 2400, 2600 })]
    public void Ticks_around_values_are_round_and_hold_them(double low, double high, int wanted, double[] expected) =>
        Assert.Equal(expected, NiceTicks.Around(low, high, wanted));

    [Theory]
    [InlineData(0.7, 0.7, new[] { 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1 })]
    [InlineData(0, 0, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    public void One_value_alone_gets_room_on_both_sides(double low, double high, double[] expected)
    {
        var ticks = NiceTicks.Around(low, high, 7);
        if (low == 0)
            ticks = NiceTicks.Around(low, high);
        Assert.Equal(expected, ticks);
    }

    [Fact]
    public void Ticks_within_values_stay_inside()
    {
        Assert.Equal([1, 2, 3, 4, 5, 6], NiceTicks.Within(0.05, 6, 6));
        Assert.Equal([0, 0.05, 0.1, 0.15, 0.2], NiceTicks.Within(0, 0.2, 5));
        Assert.Equal([3], NiceTicks.Within(3, 3));
    }

    [Fact]
    public void Whole_numbers_have_no_ticks_between_them()
    {
        Assert.Equal([1, 2, 3], NiceTicks.Within(1, 3, 6, whole: true));
        Assert.Equal([0, 20, 40, 60, 80, 100], NiceTicks.Within(0, 100, 6, whole: true));
    }
}
