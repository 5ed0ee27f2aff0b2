using Trainer.Engine.Optimization;

namespace Trainer.Tests.Averaging;

public sealed class ShareTests
{
    [Theory]
    [InlineData(1, 0.9)]
    [InlineData(2, 9.0 / 11)]
    [InlineData(91, 0.09)]
    [InlineData(1790, 9.0 / 1799)]
    [InlineData(1792, 0.005)]
    [InlineData(100_000, 0.005)]
    public void The_moving_averages_share_falls_to_one_less_its_decay(long step, double share) =>
        Assert.Equal(share, new Ema { Decay = 0.995 }.Share(step, 10), 1e-12);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 1)]
    [InlineData(39, 1)]
    [InlineData(40, 1)]
    [InlineData(41, 0)]
    [InlineData(59, 0)]
    [InlineData(60, 0.5)]
    [InlineData(61, 0)]
    [InlineData(80, 1.0 / 3)]
    public void The_plain_mean_takes_equal_shares_after_a_copy(long step, double share) =>
        Assert.Equal(share, new Swa { FromEpoch = 2, EveryEpochs = 2 }.Share(step, 10), 1e-12);

    [Fact]
    public void A_mean_that_never_begins_is_a_warning()
    {
        Assert.Null(new Swa { FromEpoch = 3 }.Caution(4));
        Assert.StartsWith("swa: nothing is averaged before the end of the run, which has 3 epochs",
            new Swa { FromEpoch = 3 }.Caution(3), StringComparison.Ordinal);
        Assert.NotNull(new Swa { FromEpoch = 3, EveryEpochs = 2 }.Caution(4));
        Assert.Null(new Swa { FromEpoch = 3, EverySteps = 2 }.Caution(4));
        Assert.NotNull(new Swa { FromEpoch = 4, EverySteps = 2 }.Caution(4));
    }

    [Fact]
    public void The_plain_mean_is_of_every_epoch_where_nothing_else_is_said()
    {
        Assert.Equal(0.5, new Swa { FromEpoch = 3 }.Share(50, 10));
        Assert.Equal(0.5, new Swa { FromEpoch = 3, EverySteps = 4 }.Share(38, 10));
        Assert.Equal([false, true, true], ((long[])[39, 40, 41]).Select(
            step => new Swa { FromEpoch = 3 }.EstimatesStatistics(step, 10)));
    }

    [Fact]
    public void Steps_and_epochs_together_are_refused()
    {
        var conflict = new Swa { FromEpoch = 1, EverySteps = 4, EveryEpochs = 2 }.Conflicts().Single();
        Assert.Equal(new("everyEpochs", "found 2 beside everySteps 4, expected one of the two"), conflict);
    }
}
