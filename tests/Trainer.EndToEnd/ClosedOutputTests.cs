using System.Text.Json.Nodes;

namespace Trainer.EndToEnd;

/// <summary>Output that nobody takes changes neither a run nor its exit code.</summary>
public sealed class ClosedOutputTests : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    // An evaluation where its table and where its notes have no place.
    [Theory]
    [InlineData("exec >&-", true)]
    [InlineData("exec 2>&-", false)]
    [InlineData("exec >&- 2>&-", false)]
    [InlineData("exec <&- >&- 2>&-", true)]
    public void Training_and_an_evaluation_finish_where_standard_output_is_closed(string shell, bool evaluates)
    {
        Assert.Equal(0, ExitCode(
            shell, "train", "small.json", "--run", "run", "--set", "train.maxSteps=4", "--set",
            "guard.onCollapse=ignore"));
        var finals = File.ReadLines(workbench.At("run", "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)
            .Count(line => (string)line["type"]! == "final");
        Assert.Equal((2, true), (finals, File.Exists(workbench.At("run", "report.html"))));
        if (!evaluates)
            return;

        Assert.Equal(0, ExitCode(
            shell, "evaluate", "run", "--attack", "fgsm", "--examples", "2", "--out", "results.json"));
        Assert.Equal(
            2, (int)JsonNode.Parse(
            File.ReadAllText(workbench.At("results.json")))!["results"]![0]!["test"]!["examples"]!);
    }

    [Theory]
    [InlineData("exec >&-", "it is closed")]
    [InlineData("exec >/dev/full", "No space left on device")]
    public void A_command_that_writes_a_file_warns_and_one_that_only_prints_fails(string shell, string reason)
    {
        Assert.Equal((0, $"warning: standard output cannot be written ({reason}): printed lines are lost, "
            + "the files of this command are not affected.\n"), Run("recipe", "copy", "small.json", "copy.json"));
        Assert.True(File.Exists(workbench.At("copy.json")));
        Assert.Equal((6, $"error: standard output cannot be written: {reason}. Send it to a terminal, a pipe, "
            + "or a file on a disk with room.\n"), Run("recipe", "show", "small.json"));

        (int ExitCode, string Error) Run(params string[] arguments)
        {
            using var started = TrainerProcess.StartUnder(shell, workbench.Folder, arguments);
            var result = started.Finish();
            return (result.ExitCode, result.Error);
        }
    }

    private int ExitCode(string shell, params string[] arguments)
    {
        using var started = TrainerProcess.StartUnder(shell, workbench.Folder, arguments);
        return started.Finish().ExitCode;
    }
}
