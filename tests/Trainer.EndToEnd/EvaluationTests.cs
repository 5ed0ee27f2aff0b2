namespace Trainer.EndToEnd;

public sealed class EvaluationTests(EvaluationTests.TrainedRun trained)
    : IClassFixture<EvaluationTests.TrainedRun>, IDisposable
{
    private readonly Workbench workbench = new(trained.Workbench);

    public void Dispose() => workbench.Dispose();

    [Fact]
    public void An_evaluation_by_autoattack_that_is_killed_and_stopped_ends_with_the_same_ledger()
    {
        // Twelve blocks an attack: on a busy machine some are written before the first is seen.
        string[] line = ["evaluate", "run", "--attack", "autoattack", "--examples", "24", "--set",
            "evaluate.batchSize=2", "--set", "threat.epsilon=0.15"];
        var whole = workbench.Run([.. line, "--ledger", "whole"]);
        Assert.Equal(0, whole.ExitCode);
        Assert.Matches(@"(?m)^square\s+linf 0.15\s+\d+\s+\d+\s", whole.Output);

        // What happens in a folder is seen only if it is there before.
        foreach (var folder in Directory.GetDirectories(workbench.At("whole"), "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(workbench.At("parts", Path.GetRelativePath(workbench.At("whole"), folder)));
        string[] parts =
            [.. line, "--ledger", "parts", "--logits", "logits.safetensors", "--out", "results.json"];
        Stop(1, "KILL", parts);
        var stopped = Stop(5, "TERM", parts);
        Assert.EndsWith(
            "Stopped by SIGTERM. Run the same command to resume.\n", stopped.Error, StringComparison.Ordinal);
        var rest = workbench.Run(parts);
        Assert.Equal((0, true, true), (rest.ExitCode, File.Exists(workbench.At("logits.safetensors")),
            File.Exists(workbench.At("results.json"))));
        Assert.Contains("from the ledger", rest.Output, StringComparison.Ordinal);
        Assert.Equal(Files("whole"), Files("parts"));
        foreach (var name in Files("whole").Where(name => !name.EndsWith("results.json", StringComparison.Ordinal)
            && !name.EndsWith(".csv", StringComparison.Ordinal)))
            Assert.True(File.ReadAllBytes(workbench.At("whole", name)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(workbench.At("parts", name))), $"{name} differs.");
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

    [Theory]
    [InlineData("certify", "run", "--sigma", "0.2", "--n", "2000", "--examples", "60")]
    [InlineData("evaluate", "run", "--corruptions", "--set", "evaluate.batchSize=6")]
    public void A_measurement_that_SIGTERM_ends_resumes_to_the_same_ledger(params string[] line)
    {
        Assert.Equal(0, workbench.Run([.. line, "--ledger", "whole"]).ExitCode);
        foreach (var folder in Directory.GetDirectories(workbench.At("whole")))
            Directory.CreateDirectory(workbench.At("parts", Path.GetFileName(folder)));
        var stopped = Stop(2, "TERM", [.. line, "--ledger", "parts"]);
        Assert.Contains("Stopped by SIGTERM. Run the same command to resume.", stopped.Error, StringComparison.Ordinal);
        Assert.Equal([".lock", "ledger.jsonl"], Files("parts").Select(Path.GetFileName));
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
}
