using Trainer.Engine.Distributed;

namespace Trainer.Tests.Distributed;

public sealed class ProcessThreadsTests
{
    [Theory]
    [InlineData(8, 1, 2, 8)] // one process has the bits of the run
    [InlineData(8, 4, 2, 2)]
    [InlineData(8, 4, 1, 1)]
    [InlineData(1, 4, 2, 1)]
    [InlineData(null, 4, 2, null)]
    public void Several_processes_take_no_more_stored_threads_than_cores(
        int? stored, int processes, int cores, int? expected) =>
        Assert.Equal(expected, ProcessThreads.Limited(stored, processes, cores));

    [Fact]
    public void All_processes_take_the_smallest_number() => Assert.All(
        ThreadCollectives.Run(3, processes =>
        {
            var (places, asked) = (ProcessPlaces.Of(processes), 5 - processes.Rank);
            return (ProcessThreads.ForEvaluation(processes, places, asked, stored: 8),
                ProcessThreads.ForTraining(processes, places, asked, stored: (8, 3)));
        }),
        found => Assert.Equal((3, 3), found));
}
