using Trainer.Engine.Distributed;
using Trainer.Recipes;

namespace Trainer.Tests.Distributed;

public sealed class EqualStartTests
{
    [Theory]
    [InlineData("recipe", ErrorKind.Recipe)]
    [InlineData("data", ErrorKind.Data)]
    [InlineData("data of the test", ErrorKind.Data)]
    [InlineData("weights", ErrorKind.Device)]
    [InlineData("build", ErrorKind.Device)]
    [InlineData("trainer", ErrorKind.Device)]
    [InlineData("torchsharp", ErrorKind.Device)]
    [InlineData("libtorch", ErrorKind.Device)]
    [InlineData("instructions", ErrorKind.Device)]
    public void A_process_with_another_value_is_refused_by_name(string name, ErrorKind kind)
    {
        var values = new Dictionary<string, string>
        {
            ["recipe"] = "r",
            ["data"] = "d",
            ["data of the test"] = "t",
            ["weights"] = "w",
        };
        var error = Assert.Throws<TrainerException>(() => ThreadCollectives.Run(3, processes =>
        {
            var own = EqualStart.Values(values);
            Assert.Contains(name, own.Keys);
            if (processes.Rank == 2)
                own[name] = "another";
            EqualStart.Compare(processes.AllGather(own), ProcessPlaces.Of(processes));
            return 0;
        }));
        Assert.Equal(kind, error.Kind);
        Assert.StartsWith(
            $"The processes differ: rank 2 on {Environment.MachineName} has the {name} another, rank 0 on ",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_processes_begin() => ThreadCollectives.Run(2, processes =>
    {
        EqualStart.Check(processes, ProcessPlaces.Of(processes), new Dictionary<string, string> { ["data"] = "d" });
        return 0;
    });
}
