using System.Text.Json.Nodes;

namespace Trainer.EndToEnd;

public sealed class EvaluationTests(EvaluationTests.TrainedRun trained)
    : IClassFixture<EvaluationTests.TrainedRun>, IDisposable
{
    private readonly Workbench workbench = new(trained.Workbench);

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void An_evaluation_by_autoattack_that_is_killed_again_and_again_ends_with_the_same_ledger()
    {
        string[] line = ["evaluate", "run", "--attack", "autoattack", "--examples", "6", "--set",
            "evaluate.batchSize=2", "--set", "threat.epsilon=0.15"];
        var whole = workbench.Run([.. line, "--ledger", "whole"]);
        Assert.Equal(0, whole.ExitCode);
        Assert.Matches(@"(?m)^square\s+linf 0.15\s+\d+\s+\d+\s", whole.Output);

        // What happens in a folder is seen only if it is there before.
        foreach (var folder in Directory.GetDirectories(workbench.At("whole"), "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(workbench.At("parts", Path.GetRelativePath(workbench.At("whole"), folder)));
        foreach (var blocks in (int[])[1, 5])
            Stop(blocks, "KILL", [.. line, "--ledger", "parts"]);
        var rest = workbench.Run([.. line, "--ledger", "parts"]);
        Assert.Equal(0, rest.ExitCode);
        Assert.Contains("from the ledger", rest.Output, StringComparison.Ordinal);
        Assert.Equal(Files("whole"), Files("parts"));
        foreach (var name in Files("whole").Where(name => !name.EndsWith("results.json", StringComparison.Ordinal)
            && !name.EndsWith(".csv", StringComparison.Ordinal)))
            Assert.True(File.ReadAllBytes(workbench.At("whole", name)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(workbench.At("parts", name))), $"{name} differs.");
    }

    [Fact]
    public void Fewer_examples_and_several_threat_models_are_asked_for_by_the_command_line_alone()
    {
        var result = workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "20", "--subset", "random",
            "--threat", """{"norm":"linf","epsilon":0.05}""", "--threat", """{"norm":"l2","epsilon":0.3}""", "--out", "results.json");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"(?m)^\S+\s+fgsm\s+linf 0.05\s+20\s", result.Output);
        Assert.Matches(@"(?m)^\S+\s+fgsm\s+l2 0.3\s+20\s", result.Output);
        Assert.Matches(@"(?m)^clean\s+20\s+\d+\s+\d+\.\d\s+\d+\.\d to \d+\.\d\s+20\s+0\s", result.Output);
        Assert.Equal(
            ["linf", "l2"], JsonNode.Parse(File.ReadAllText(workbench.At("results.json")))!["results"]!.AsArray()
            .Select(one => (string)one!["threat"]!["norm"]!));
        Assert.Matches(@"(?m)^\S+\s+pgd-4\s+linf 0.1\s+7\s", workbench.Run("evaluate", "run", "--examples", "7", "--set", """evaluate.final=[{"attack":{"type":"pgd","steps":4}}]""").Output);
    }

    [Fact]
    public void One_threat_model_on_the_command_line_holds_for_the_recipes_evaluations_too()
    {
        string[] line = ["evaluate", "run", "--examples", "7", "--set", """evaluate.final=[{"attack":{"type":"fgsm"},"threat":{"norm":"l2","epsilon":0.3}}]"""];
        Assert.Contains("l2 0.3", workbench.Run(line).Output, StringComparison.Ordinal);
        var result = workbench.Run([.. line, "--threat", """{"norm":"linf","epsilon":0.05}"""]);
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("l2 0.3", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_evaluation_found_and_cost_stays_when_it_is_asked_for_again()
    {
        string[] line = ["evaluate", "run", "--attack", "apgd-ce", "--examples", "20", "--ledger", "kept"];
        Assert.Equal(0, workbench.Run(line).ExitCode);
        var file = Assert.Single(Directory.GetFiles(workbench.At("kept"), "results.json", SearchOption.AllDirectories));
        var text = File.ReadAllText(file);
        var results = JsonNode.Parse(text)!;
        Assert.Equal(
            ("mnist", "conv-small", "linf", 0.1), ((string)results["dataset"]!, (string)results["architecture"]!,
            (string)results["norm"]!, (double)results["eps"]!));
        Assert.Equal(20, (int)results["examples"]!);
        Assert.Equal(100 * (double)results["cleanAccuracy"]!, (double)results["clean_acc"]!, 0.005);
        Assert.True((double)results["stages"]![1]!["seconds"]! > 0);
        Assert.Equal(
            Wilson((double)results["cleanAccuracy"]!, 20),
            results["cleanInterval95"]!.AsArray().Select(end => Math.Round((double)end!, 9)));
        Assert.Equal(
            Wilson((double)results["robustAccuracy"]!, 20),
            results["interval95"]!.AsArray().Select(end => Math.Round((double)end!, 9)));
        Assert.Equal(
            (int)results["stages"]![1]!["robust"]!, (int)Math.Round(20 * (double)results["robustAccuracy"]!));
        Assert.Matches(
            $@"^attack,attacked,.*\nclean,20,{results["stages"]![0]!["robust"]},",
            File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "stages.csv")).ReplaceLineEndings("\n"));

        Assert.Contains("from the ledger", workbench.Run(line).Output, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(file));
    }

    [Fact]
    public void The_machines_device_takes_the_place_of_the_one_that_trained()
    {
        var machine = new Dictionary<string, string> { ["TRAINER_DEVICE"] = "cuda:63" };
        var result = TrainerProcess.Run(
            workbench.Folder, ["evaluate", "run", "--attack", "fgsm", "--examples", "5"], machine);
        Assert.Equal(5, result.ExitCode);
        Assert.Contains("expected \"cuda:63\". Set device to cpu or auto", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, TrainerProcess.Run(workbench.Folder, ["evaluate", "run", "--attack", "fgsm", "--examples", "5",
            "--set", "device=cpu"], machine).ExitCode);
    }

    [Fact]
    public void Images_of_another_run_are_tried_by_an_attack_of_the_command_line()
    {
        var result = workbench.Run("evaluate", "run", "--attack", """{"type":"transfer","source":"run","attack":"fgsm"}""", "--examples", "20", "--ledger", "kept");
        Assert.Equal(("", 0), (result.Error.Contains("error", StringComparison.Ordinal) ? result.Error : "",
            result.ExitCode));
        Assert.Matches(@"(?m)^\S+\s+transfer-fgsm\s+linf 0.1\s+20\s", result.Output);
        var identity = JsonNode.Parse(File.ReadLines(Assert.Single(Directory.GetFiles(
            workbench.At("kept"), "ledger.jsonl", SearchOption.AllDirectories))).First())!;
        Assert.Matches("^TransferFrom .*\"weights\":\"[0-9a-f]{64}\"", (string)identity["attacks"]![0]!);
    }

    [Fact]
    public void A_run_folder_that_cannot_be_written_is_measured_all_the_same()
    {
        File.WriteAllText(workbench.At("run", "evaluations"), "in the way");
        var result = workbench.Run("evaluate", "run", "--attack", "fgsm", "--examples", "20");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("warning: '", result.Error, StringComparison.Ordinal);
        Assert.Contains(
            "so this evaluation keeps no ledger and cannot resume if it is stopped; --ledger DIR keeps one elsewhere.",
            result.Error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\S+\s+fgsm\s+linf 0.1\s+20\s", result.Output);
    }

    [Fact]
    public void Checks_are_a_table_and_a_file()
    {
        var result = workbench.Run(
            "evaluate", "run", "--attack", "fgsm", "--checks", "--examples", "3", "--ledger", "kept",
            "--threat", """{"norm":"linf","epsilon":0.05}""", "--threat", """{"norm":"l2","epsilon":0.3}""");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(
            @"(?m)^linf 0.05:\s[\s\S]*^randomness\s+0\s+0.0001\s+passed[\s\S]*"
                + @"^l2 0.3:\s[\s\S]*^randomness\s+0\s+0.0001\s+passed",
            result.Output);
        var files = Directory.GetFiles(workbench.At("kept"), "checks.json", SearchOption.AllDirectories);
        Assert.Equal(2, files.Length);
        Assert.All(files, file =>
            Assert.Contains("\"name\": \"black-box\"", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public void A_certification_stops_on_SIGTERM_after_a_block_and_resumes_to_the_same_ledger()
    {
        string[] line = ["certify", "run", "--sigma", "0.2", "--n", "2000", "--examples", "60"];
        Assert.Equal(0, workbench.Run([.. line, "--ledger", "whole"]).ExitCode);
        foreach (var folder in Directory.GetDirectories(workbench.At("whole")))
            Directory.CreateDirectory(workbench.At("parts", Path.GetFileName(folder)));
        var stopped = Stop(2, "TERM", [.. line, "--ledger", "parts"]);
        Assert.Contains("Stopped by SIGTERM. Run the same command to resume.", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(["ledger.jsonl"], Files("parts").Select(Path.GetFileName));
        Assert.Equal(0, workbench.Run([.. line, "--ledger", "parts"]).ExitCode);
        Assert.Equal(Files("whole"), Files("parts"));
        Assert.All(Files("whole"), name => Assert.Equal(
            File.ReadAllText(workbench.At("whole", name)), File.ReadAllText(workbench.At("parts", name))));
    }

    /// <summary>Starts the command and sends a signal once its ledger holds so many blocks.</summary>
    private CommandResult Stop(int blocks, string signal, string[] line)
    {
        using var watcher = new RunWatcher(workbench.At("parts"));
        using var started = TrainerProcess.Start(workbench.Folder, line);
        var ended = Task.Run(() =>
        {
            var result = started.Finish();
            watcher.End();
            return result;
        });
        foreach (var name in watcher.Changes.Where(name => name.EndsWith("ledger.jsonl", StringComparison.Ordinal)))
        {
            using var ledger = new StreamReader(new FileStream(
                workbench.At("parts", name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            if (ledger.ReadToEnd().Split('\n').Count(row => row.Contains("\"index\"",
                StringComparison.Ordinal)) >= blocks)
                started.Signal(signal);
        }
        var result = ended.GetAwaiter().GetResult();
        Assert.Equal(signal == "KILL" ? 137 : 143, result.ExitCode);
        return result;
    }

    private List<string> Files(string folder) =>
        [.. Directory.GetFiles(workbench.At(folder), "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(workbench.At(folder), path)).Order(StringComparer.Ordinal)];

    /// <summary>A finished run, of which each test evaluates a copy.</summary>
    public sealed class TrainedRun : IDisposable
    {
        public TrainedRun()
        {
            string[] line = ["train", "small.json", "--run", "run", "--set", "train.epochs=3"];
            Assert.Equal(0, Workbench.Run([.. line, "--set", "evaluate.final=[]"]).ExitCode);
        }

        internal Workbench Workbench { get; } = new();

        public void Dispose() => Workbench.Dispose();
    }

    /// <summary>The 95 % score interval of a share of n, by its closed form (Wilson 1927).</summary>
    private static double[] Wilson(double share, int n)
    {
        const double z = 1.959963984540054;
        var middle = (share + z * z / (2 * n)) / (1 + z * z / n);
        var half = z / (1 + z * z / n) * Math.Sqrt(share * (1 - share) / n + z * z / (4.0 * n * n));
        return [Math.Round(middle - half, 9), Math.Round(middle + half, 9)];
    }
}
