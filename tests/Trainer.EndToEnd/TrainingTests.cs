using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Trainer.EndToEnd;

public sealed partial class TrainingTests(WholeRun whole, TrainingTests.ShortRun shortRun)
    : IClassFixture<TrainingTests.ShortRun>, IDisposable
{
    private readonly Workbench workbench = new();

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void A_run_ends_with_a_table_that_matches_its_file_and_the_same_line_prints_it_again()
    {
        var first = shortRun.Result;
        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        var finals = File.ReadLines(shortRun.At("metrics.jsonl"))
            .Select(line => JsonNode.Parse(line)!).Where(line => (string)line["type"]! == "final").ToList();
        Assert.Equal(["best", "last"], finals.Select(line => (string)line["checkpoint"]!));
        foreach (var line in finals)
        {
            var test = line["test"]!;
            var (clean, robust) = (100 * (double)test["clean"]!, 100 * (double)test["robust"]!);
            Assert.Matches(
                $@"(?m)^{line["checkpoint"]}\s+pgd-4\s+linf 0\.1\s+40\s+{clean:F1}\s+{robust:F1}\s", first.Output);
        }
        Assert.EndsWith($"All files are in {shortRun.At()}\n", first.Output);

        var weights = shortRun.Weights;
        var again = shortRun.Again();
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(Table(first), Table(again));
        Assert.Equal(weights, shortRun.Weights);
    }

    [Fact]
    public void A_run_that_three_signals_ended_ends_as_if_they_had_not()
    {
        foreach (var (signal, exitCode) in (IEnumerable<(string, int)>)[("KILL", 137), ("TERM", 143), ("INT", 130)])
        {
            using var started = TrainerProcess.Start(workbench.Folder, "train", "small.json", "--run", "parts");
            // The second save of each start, so that it has trained.
            started.WaitFor("Saved step ");
            started.WaitFor("Saved step ");
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
            """evaluate.final=[{"attack":"fgsm"},{"attack":{"type":"pgd","steps":1500},"examples":20}]""",
        ];
        using (var started = TrainerProcess.Start(workbench.Folder, line))
        {
            started.WaitFor("Test, last checkpoint");
            started.Signal("TERM");
            Assert.Equal(143, started.Finish().ExitCode);
        }
        Assert.Equal(0, workbench.Run(line).ExitCode);
        Assert.Equal(
            ["best fgsm", "last fgsm", "best pgd-1500", "last pgd-1500"],
            workbench.Metrics("run").Select(text => JsonNode.Parse(text)!)
                .Where(metrics => (string)metrics["type"]! == "final")
                .Select(metrics => $"{metrics["checkpoint"]} {metrics["test"]!["attack"]}"));
    }

    [Fact]
    public void A_signal_in_a_block_of_the_final_evaluation_ends_the_run_at_once_with_its_state_saved()
    {
        string[] line = ["train", "small.json", "--run", "run", "--set", "train.maxSteps=20", "--set"];
        using (var started = TrainerProcess.Start(workbench.Folder, [.. line, Workbench.LongFinal]))
        {
            workbench.AwaitAttack("run");
            started.Signal("TERM");
            var stopped = started.Finish();
            Assert.Equal((143, ""), (stopped.ExitCode, stopped.Error));
            Assert.Contains("Stopped by SIGTERM; saved at step 20.", stopped.Output, StringComparison.Ordinal);
        }
        Assert.Contains(
            "Stopped by SIGTERM; saved at step 20.", File.ReadAllText(workbench.At("run", "log.txt")),
            StringComparison.Ordinal);
        Assert.Equal(1, workbench.Blocks("run"));
        var rest = workbench.Run([.. line, "evaluate.final=[]"]);
        Assert.Equal((0, ""), (rest.ExitCode, rest.Error));
        Assert.Contains("after step 20", rest.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_recipe_is_refused_with_the_list_of_changes()
    {
        var result = shortRun.Again("--set", "seed=5", "--set", "logging.everySteps=7", "--set", "threat.epsilon=0.2");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("threat.epsilon: 0.1 → 0.2; seed: 0 → 5", result.Error);
        Assert.DoesNotContain("logging", result.Error);
    }

    [Fact]
    public void Logs_go_to_the_console_and_to_the_run_folder_once_each()
    {
        Assert.Single(
            shortRun.Result.Output.Split('\n'), line =>
            line.Contains("Begins in epoch 1 of", StringComparison.Ordinal));
        Assert.Single(
            File.ReadLines(shortRun.At("log.txt")), line =>
            line.Contains("Begins in epoch 1 of", StringComparison.Ordinal)
            && line.Contains("\"Run\":\"small\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60)]
    public void A_terminal_has_a_bar_that_never_wraps_and_a_line_for_each_epoch(int width)
    {
        using var started = TrainerProcess.StartUnder(
            $"exec script -qec \"stty cols {width}; env TERM=xterm $*\" /dev/null", workbench.Folder, "train",
            "small.json", "--set", "train.epochs=2");
        var result = started.Finish();
        Assert.Equal(0, result.ExitCode);
        var lines = Escapes().Replace(result.Output, "").Split('\r', '\n');
        var done = lines.Select(line => EpochLine().Match(line)).Where(match => match.Success);
        Assert.Equal(["1/2", "2/2"], done.Select(match => match.Groups[1].Value));
        var bars = lines.Where(line => line.Contains('━', StringComparison.Ordinal)).ToList();
        Assert.Contains(bars, line => line.StartsWith("epoch 2/2 loss ", StringComparison.Ordinal));
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
        using (var started = TrainerProcess.StartUnder(
            "exec script -qec \"stty cols 100; env TERM=xterm $*\" /dev/null", workbench.Folder, line))
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

    /// <summary>A finished run of twenty steps.</summary>
    public sealed class ShortRun : IDisposable
    {
        private static readonly string[] Line = ["train", "small.json", "--set", "train.maxSteps=20"];
        private readonly Workbench workbench = new();

        public ShortRun() => Result = workbench.Run(Line);

        internal CommandResult Result { get; }

        internal byte[] Weights => workbench.Weights("checkpoints/small");

        public void Dispose() => workbench.Dispose();

        internal string At(params string[] parts) => workbench.At(["checkpoints", "small", .. parts]);

        internal CommandResult Again(params string[] more) => workbench.Run([.. Line, .. more]);
    }

    private static string Table(CommandResult result) =>
        result.Output[result.Output.IndexOf("checkpoint  attack", StringComparison.Ordinal)..];

    [GeneratedRegex(@"\e\[[0-9;?]*[a-zA-Z]")]
    private static partial Regex Escapes();

    [GeneratedRegex(@"^epoch (\d/2) loss [\d.]+(,|$)")]
    private static partial Regex EpochLine();
}
