using Trainer.Reports;

namespace Trainer.Tests.Reports;

public sealed class RunStartTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_start_is_a_line_and_a_cut_line_is_passed_over()
    {
        var first = new RunStart(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), ["train", "a b.json"]);
        var second = new RunStart(new(2026, 1, 3, 3, 4, 5, TimeSpan.Zero), ["train", ""]);
        first.AppendTo(folder.Path);
        second.AppendTo(folder.Path);
        File.AppendAllText(folder.At("starts.jsonl"), "{\"time\":\"20");
        Assert.Equal(
            ["trainer train 'a b.json'", "trainer train ''"],
            RunStart.Read(folder.Path).Select(start => start.CommandLine));
        Assert.Equal(second.Time, RunStart.Read(folder.Path)[1].Time);
    }

    [Fact]
    public void A_run_that_recorded_none_has_none() => Assert.Empty(RunStart.Read(folder.Path));
}
