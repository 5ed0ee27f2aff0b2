using System.Text.Json.Nodes;

namespace Trainer.EndToEnd;

/// <summary>Output that nobody takes changes neither a run nor its exit code.</summary>
public sealed class ClosedOutputTests : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Theory]
    [InlineData("exec >&-")]
    [InlineData("exec 2>&-")]
    [InlineData("exec >&- 2>&-")]
    [InlineData("exec <&- >&- 2>&-")]
    public void Training_and_an_evaluation_finish_where_standard_output_is_closed(string shell)
    {
        Assert.Equal(0, ExitCode(shell, "train", "small.json", "--run", "run", "--set", "train.epochs=1", "--set", "guard.onCollapse=ignore"));
        var finals = File.ReadLines(workbench.At("run", "metrics.jsonl")).Select(line => JsonNode.Parse(line)!).Count(line => (string)line["type"]! == "final");
        Assert.Equal((2, true), (finals, File.Exists(workbench.At("run", "report.html"))));

        Assert.Equal(0, ExitCode(shell, "evaluate", "run", "--attack", "fgsm", "--examples", "2", "--out", "results.json"));
        Assert.Equal(2, (int)JsonNode.Parse(File.ReadAllText(workbench.At("results.json")))!["results"]![0]!["test"]!["examples"]!);
    }

    private int ExitCode(string shell, params string[] arguments)
    {
        using var started = TrainerProcess.StartUnder(shell, workbench.Folder, arguments);
        return started.Finish().ExitCode;
    }
}
