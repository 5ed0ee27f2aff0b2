using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Trainer.EndToEnd;

public sealed partial class TrainingTests(WholeRun whole) : IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_run_ends_with_a_table_that_matches_its_file_and_the_same_line_prints_it_again()
    {
        string[] arguments = ["train", "small.json", "--set", "train.maxSteps=20"];
        var first = workbench.Run(arguments);
        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        var finals = File.ReadLines(workbench.At("checkpoints", "small", "metrics.jsonl"))
            .Select(line => JsonNode.Parse(line)!).Where(line => (string)line["type"]! == "final").ToList();
        Assert.Equal(["best", "last"], finals.Select(line => (string)line["checkpoint"]!));
        foreach (var line in finals)
        {
            var test = line["test"]!;
            var (clean, robust) = (100 * (double)test["clean"]!, 100 * (double)test["robust"]!);
            Assert.Matches(
                $@"(?m)^{line["checkpoint"]}\s+pgd-4\s+linf 0\.1\s+40\s+{clean:F1}\s+{robust:F1}\s", first.Output);
        }
        Assert.EndsWith($"All files are in {workbench.At("checkpoints", "small")}\n", first.Output);

        var weights = workbench.Weights("checkpoints/small");
        var again = workbench.Run(arguments);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(Table(first), Table(again));
        Assert.Equal(weights, workbench.Weights("checkpoints/small"));
    }

    [Theory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public void A_run_that_was_ended_by_a_signal_ends_as_if_it_had_not_been(string signal, int exitCode)
    {
        using (var started = TrainerProcess.Start(workbench.Folder, "train", "small.json", "--run", "parts"))
        {
            started.WaitFor("Saved step 20");
            started.Signal(signal);
            var ended = started.Finish();
            Assert.Equal(exitCode, ended.ExitCode);
            Assert.Equal(signal != "KILL", ended.Output.Contains(
                $"Stopped by SIG{signal}; saved at step", StringComparison.Ordinal));
        }
        var rest = workbench.Run("train", "small.json", "--run", "parts");
        Assert.Equal(0, rest.ExitCode);
        Assert.Contains("Resumes in epoch", rest.Output);
        Assert.Equal(whole.Weights, workbench.Weights("parts"));
        Assert.Equal(whole.Metrics, workbench.Metrics("parts"));
    }

    [Fact]
    public void A_run_that_was_stopped_between_its_final_measurements_has_each_of_them_once()
    {
        string[] line =
        [
            "train", "small.json", "--run", "run", "--set", "train.maxSteps=20", "--set",
            """evaluate.final=[{"attack":"fgsm"},{"attack":{"type":"pgd","steps":2000},"examples":40}]""",
        ];
        using (var started = TrainerProcess.Start(workbench.Folder, line))
        {
            started.WaitFor("Test, last checkpoint");
            started.Signal("TERM");
            Assert.Equal(143, started.Finish().ExitCode);
        }
        Assert.Equal(0, workbench.Run(line).ExitCode);
        Assert.Equal(
            ["best fgsm", "last fgsm", "best pgd-2000", "last pgd-2000"],
            workbench.Metrics("run").Select(text => JsonNode.Parse(text)!)
                .Where(metrics => (string)metrics["type"]! == "final")
                .Select(metrics => $"{metrics["checkpoint"]} {metrics["test"]!["attack"]}"));
    }

    [Fact]
    public void A_changed_recipe_is_refused_with_the_list_of_changes()
    {
        Assert.Equal(0, workbench.Run("train", "small.json", "--set", "train.maxSteps=4").ExitCode);
        var result = workbench.Run(
            "train", "small.json", "--set", "train.maxSteps=4", "--set", "seed=5", "--set", "logging.everySteps=7",
            "--set", "threat.epsilon=0.2");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("threat.epsilon: 0.1 → 0.2; seed: 0 → 5", result.Error);
        Assert.DoesNotContain("logging", result.Error);
    }

    [Fact]
    public void Logs_go_to_the_console_and_to_the_run_folder_once_each()
    {
        var result = workbench.Run("train", "small.json", "--set", "train.maxSteps=4");
        Assert.Single(
            result.Output.Split('\n'), line => line.Contains("Begins in epoch 1 of", StringComparison.Ordinal));
        var log = File.ReadAllText(workbench.At("checkpoints", "small", "log.txt"));
        Assert.Single(
            log.Split('\n'), line =>
            line.Contains("Begins in epoch 1 of", StringComparison.Ordinal)
            && line.Contains("\"Run\":\"small\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""Serilog.WriteTo=[{"Name":"Console","Args":{"outputTemplate":"mine: {Message:lj}{NewLine}"}}]""")]
    [InlineData("""Serilog.WriteTo={"screen":{"Name":"Console","Args":{"outputTemplate":"mine: {Message:lj}{NewLine}"}}}""")]
    public void A_console_of_ones_own_takes_the_place_of_ours(string set)
    {
        var result = workbench.Run("train", "small.json", "--set", "train.maxSteps=4", "--set", set);
        Assert.StartsWith("mine: ", Assert.Single(
            result.Output.Split('\n'), line => line.Contains("Begins in epoch 1 of", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60)]
    public void A_terminal_has_a_bar_that_never_wraps_and_a_line_for_each_epoch(int width)
    {
        using var started = TrainerProcess.StartUnder(
            $"exec script -qec \"stty cols {width}; env $*\" /dev/null", workbench.Folder, "train", "small.json");
        var result = started.Finish();
        Assert.Equal(0, result.ExitCode);
        var lines = Escapes().Replace(result.Output, "").Split('\r', '\n');
        var done = lines.Select(line => EpochLine().Match(line)).Where(match => match.Success);
        Assert.Equal(
            ["1/8", "2/8", "3/8", "4/8", "5/8", "6/8", "7/8", "8/8"], done.Select(match => match.Groups[1].Value));
        var bars = lines.Where(line => line.Contains('━', StringComparison.Ordinal)).ToList();
        Assert.Contains(bars, line => line.StartsWith("epoch 8/8 loss ", StringComparison.Ordinal));
        // What wraps leaves its rest under the bar. The table may wrap.
        Assert.DoesNotContain(
            lines.TakeWhile(line => !line.StartsWith("check", StringComparison.Ordinal)), line =>
            line.StartsWith(' ') && line.Trim() != "");
        Assert.Contains("All files are in", result.Output);
        // The cursor is back.
        Assert.True(result.Output.LastIndexOf(
            "\e[?25h", StringComparison.Ordinal) > result.Output.LastIndexOf("\e[?25l", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_whose_terminal_goes_away_saves_its_state()
    {
        string[] line = ["train", "small.json", "--run", "run", "--set", "train.epochs=400", "--set",
            "evaluate.everyEpochs=1000"];
        using (var started = TrainerProcess.StartUnder("exec script -qec \"stty cols 100; env $*\" /dev/null",
            workbench.Folder, line))
        {
            started.WaitFor("epoch 2/400 loss");
            started.Signal("KILL");
            started.Finish();
        }
        var log = workbench.At("run", "log.txt");
        // Until it has left the folder: nothing is written there then.
        for (var waited = 0; waited < 300 && File.Exists(workbench.At("run", ".owner")); waited++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Contains("Stopped by SIGHUP; saved at step ", File.ReadAllText(log), StringComparison.Ordinal);
    }

    private static string Table(CommandResult result) =>
        result.Output[result.Output.IndexOf("checkpoint  attack", StringComparison.Ordinal)..];

    [GeneratedRegex(@"\e\[[0-9;?]*[a-zA-Z]")]
    private static partial Regex Escapes();

    [GeneratedRegex(@"^epoch (\d/8) loss [\d.]+(,|$)")]
    private static partial Regex EpochLine();
}
