using Trainer.Engine.Optimization;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.Schedules;

public sealed class ScheduleTests
{
    public static TheoryData<string, ISchedule> Schedules => new()
    {
        { "oneCycle", new OneCycle() },
        { "cosine", new Cosine() },
        { "piecewise", new Piecewise { Milestones = [1, 3] } },
        { "linear", new Linear() },
        { "cyclic", new Cyclic() },
    };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Factors_equal_PyTorchs(string name, ISchedule schedule)
    {
        var expected = Fixture.Numbers(Fixture.Read("optimizers.json").GetProperty(name));
        var actual = Enumerable.Range(0, expected.Length)
            .Select(step => schedule.Factor(new(step, expected.Length, 10)));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void Warm_up_rises_linearly_and_the_schedule_begins_after_it()
    {
        var schedule = new Cosine { WarmupEpochs = 2 };
        double Factor(int step) => schedule.Factor(new(step, 100, 10));
        Assert.Equal(0.05, Factor(0), 1e-12);
        Assert.Equal(0.5, Factor(9), 1e-12);
        Assert.Equal(1, Factor(19), 1e-12);
        Assert.Equal(1, Factor(20), 1e-12);
        Assert.Equal(0.5, Factor(60), 1e-12);
    }

    [Fact]
    public void What_begins_after_the_end_of_the_run_is_a_warning()
    {
        var piecewise = new Piecewise { Milestones = [100, 150] };
        Assert.Null(piecewise.Caution(151));
        Assert.Equal(
            "schedule: 1 milestone of 100, 150 comes after the end of the run, which has 150 epochs. Set milestones "
            + "below 150, or train longer.", piecewise.Caution(150));
        Assert.StartsWith("schedule: 2 milestones of 100, 150 come after", piecewise.Caution(2),
            StringComparison.Ordinal);
        Assert.Null(new Cosine { WarmupEpochs = 10 }.Caution(10));
        Assert.StartsWith("schedule: the learning rate rises over 10 epochs, and the run has 9.",
            new Cosine { WarmupEpochs = 10 }.Caution(9), StringComparison.Ordinal);
    }

    [Fact]
    public void A_warm_up_of_a_fraction_of_a_step_is_over_at_once() =>
        Assert.Equal(1, new Constant { WarmupEpochs = 0.05 }.Factor(new(0, 100, 10)));

    [Fact]
    public void Every_schedule_with_a_warm_up_begins_after_it()
    {
        double Factor(ISchedule schedule, int step) => schedule.Factor(new(step, 100, 10));
        foreach (var schedule in (ISchedule[])[new Linear { WarmupEpochs = 2 }, new Constant { WarmupEpochs = 2 },
            new Piecewise { Milestones = [5], WarmupEpochs = 2 }])
        {
            Assert.Equal(0.05, Factor(schedule, 0), 1e-12);
            Assert.Equal(1, Factor(schedule, 20), 1e-12);
        }
        Assert.Equal(0.5, Factor(new Linear { WarmupEpochs = 2 }, 60), 1e-12);
        Assert.Equal(1, Factor(new Constant { WarmupEpochs = 2 }, 99), 1e-12);
    }

    [Fact]
    public void A_cycle_with_its_peak_at_an_end_is_a_straight_line()
    {
        Assert.Equal(0.25, new Cyclic { Peak = 0 }.Factor(new(75, 100, 10)), 1e-12);
        Assert.Equal(0.75, new Cyclic { Peak = 1 }.Factor(new(75, 100, 10)), 1e-12);
    }

    [Fact]
    public void Only_schedules_that_stretch_over_the_run_depend_on_its_length()
    {
        Assert.True(new Cosine().DependsOnTotal);
        Assert.True(new OneCycle().DependsOnTotal);
        Assert.True(new Linear().DependsOnTotal);
        Assert.True(new Cyclic().DependsOnTotal);
        Assert.False(new Piecewise { Milestones = [1] }.DependsOnTotal);
        Assert.False(new Constant().DependsOnTotal);
    }

    [Fact]
    public void Milestones_that_do_not_ascend_are_refused()
    {
        var exception = Assert.Throws<ArgumentException>(() => new Piecewise { Milestones = [30, 10] });
        Assert.StartsWith(
            "Found the milestones 30, 10, expected ascending epochs.", exception.Message, StringComparison.Ordinal);
    }
}
