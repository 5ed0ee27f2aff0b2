namespace Trainer.EndToEnd;

/// <summary>Networks without batch norm whose training draws random numbers for each row.</summary>
public sealed class DropPathTests : IDisposable
{
    private const string Model = """{"type":"vit","dim":8,"depth":2,"headDim":4,"stemWidth":2,"dropPath":0.5}""";
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_run_that_was_killed_ends_as_if_it_had_not_been()
    {
        string[] Line(string run) =>
            ["train", "small.json", "--run", run, "--set", $"model={Model}", "--set", "train.maxSteps=24"];
        var whole = workbench.Run(Line("whole"));
        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        using (var started = TrainerProcess.Start(workbench.Folder, Line("parts")))
        {
            started.WaitFor("Saved step 10");
            started.Signal("KILL");
            Assert.Equal(137, started.Finish().ExitCode);
        }
        var rest = workbench.Run(Line("parts"));
        Assert.Equal((0, ""), (rest.ExitCode, rest.Error));
        Assert.Contains("Resumes in epoch", rest.Output, StringComparison.Ordinal);
        Assert.Equal(workbench.Weights("whole"), workbench.Weights("parts"));
        Assert.Equal(workbench.Metrics("whole"), workbench.Metrics("parts"));
    }
}
