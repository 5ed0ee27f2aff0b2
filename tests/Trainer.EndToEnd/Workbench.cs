using System.Text.Json.Nodes;

namespace Trainer.EndToEnd;

/// <summary>A folder with a small data set in MNIST's layout and a recipe that trains on it.</summary>
internal sealed class Workbench : IDisposable
{
    public Workbench()
    {
        IdxFiles.Write(At("digits"), training: 660, test: 60);
        File.WriteAllText(At("small.json"), """
            // scripts/train.sh small.json
            {
              "name": "small",
              "data": { "type": "mnist", "path": "digits", "validation": 60 },
              "model": { "type": "conv-small" },
              "threat": { "norm": "linf", "epsilon": 0.1 },
              "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } },
              "optimizer": { "type": "sgd", "learningRate": 0.05 },
              "train": { "epochs": 8, "batchSize": 20, "attackPrecision": "float32" },
              "evaluate": {
                "everyEpochs": 4, "examples": 30, "checks": null,
                "attacks": [{ "type": "pgd", "steps": 3 }],
                "final": [{ "attack": { "type": "pgd", "steps": 4 }, "examples": 40 }]
              },
              "checkpoint": { "everySteps": 10, "everyMinutes": null },
              "logging": { "reportExamples": 0 },
              "Serilog": { "MinimumLevel": "Debug" }
            }
            """);
    }

    /// <summary>A copy of a workbench and of the runs in it.</summary>
    public Workbench(Workbench original)
    {
        foreach (var folder in Directory.GetDirectories(original.Folder, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(At(Path.GetRelativePath(original.Folder, folder)));
        foreach (var file in Directory.GetFiles(original.Folder, "*", SearchOption.AllDirectories))
            File.Copy(file, At(Path.GetRelativePath(original.Folder, file)));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("workbench-").FullName;

    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Runs the command in the folder.</summary>
    public CommandResult Run(params string[] arguments) => TrainerProcess.Run(Folder, arguments);

    /// <summary>Every file and folder in it, to see that nothing was created.</summary>
    public IReadOnlyList<string> Contents =>
        [.. Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)];

    /// <summary>A final evaluation whose only attacked block lasts a minute, because it breaks nothing.</summary>
    public const string LongFinal = """
        evaluate.final=[{"attack":{"type":"pgd","steps":60000},"threat":{"norm":"linf","epsilon":0.001},"examples":40}]
        """;

    /// <summary>How many blocks the ledger of a run's only evaluation has; the first is of clean images.</summary>
    public int Blocks(string run) => !Directory.Exists(At(run, "evaluations")) ? 0
        : Directory.GetFiles(At(run, "evaluations"), "ledger.jsonl", SearchOption.AllDirectories)
            .Sum(file => Text(file).Split('\n')[..^1].Count(line => IsBlock(line)));

    /// <summary>Waits until a run's final evaluation attacks its first block.</summary>
    public void AwaitAttack(string run)
    {
        Assert.True(SpinWait.SpinUntil(() => Blocks(run) > 0, TimeSpan.FromMinutes(5)));
        Thread.Sleep(TimeSpan.FromSeconds(1));
    }

    /// <summary>The weights of a run's newest checkpoint.</summary>
    public byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(
        Directory.EnumerateDirectories(At(run), "*-step-*").Order(StringComparer.Ordinal).Last(), "model.safetensors"));

    /// <summary>The lines of a run's metrics.jsonl without what the clock writes into them.</summary>
    public IReadOnlyList<string> Metrics(string run) => [.. File.ReadLines(At(run, "metrics.jsonl")).Select(line =>
    {
        var metrics = JsonNode.Parse(line)!.AsObject();
        metrics.Remove("imagesPerSecond");
        metrics.Remove("seconds");
        return metrics.ToJsonString();
    })];

    private static bool IsBlock(string line) => line.StartsWith("{\"phase\":", StringComparison.Ordinal);

    /// <summary>The text of a file that a process may be writing.</summary>
    public static string Text(string file)
    {
        using var reader = new StreamReader(
            new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
