using Trainer.Engine.Devices;

namespace Trainer.Tests.Devices;

public sealed class ThreadsTests
{
    [Theory]
    [InlineData(3, "5", 7, 3)]
    [InlineData(null, "5", 7, 5)]
    [InlineData(null, "5,2", 7, 5)]
    [InlineData(null, null, 7, 7)]
    [InlineData(null, "", 7, 7)]
    [InlineData(null, "many", 7, 7)]
    [InlineData(null, "0", 7, 7)]
    [InlineData(null, "100000", 7, 7)]
    [InlineData(null, null, null, 11)]
    [InlineData(null, "5", null, 5)]
    public void The_option_comes_before_the_environment_the_stored_number_and_the_cores(int? asked, string? environment, int? stored, int expected) =>
        Assert.Equal(expected, Threads.Choose(asked, environment, stored, cores: 11));
}
