using System.Text.Json.Nodes;
using Serilog;
using Serilog.Core;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Distributed;
using Trainer.Engine.TensorBoard;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;

namespace Trainer.Tests.Training;

/// <summary>A run of a few steps on synthetic images, in a folder of its own.</summary>
internal sealed class TinyRun(string folder)
{
    public static ComponentRegistry Registry { get; } =
        new ComponentRegistry().Add(typeof(IAttack).Assembly).Add(typeof(Recipe).Assembly)
        .Add(typeof(TinyRun).Assembly);

    public ILogger Log { get; init; } = Logger.None;

    public Collectives Processes { get; init; } = OneProcess.Instance;

    public int? Threads { get; init; }

    public string Folder => folder;

    public static ResolvedRecipe<Recipe> Recipe(params (string Path, JsonNode? Value)[] changes)
    {
        var recipe = JsonNode.Parse("""
            {
              "name": "tiny",
              "data": { "type": "synthetic" },
              "model": { "type": "conv-small" },
              "threat": { "norm": "linf", "epsilon": 0.1 },
              "objective": { "type": "pgd-at", "attack": { "type": "pgd", "steps": 2 } },
              "optimizer": { "type": "sgd", "learningRate": 0.05 },
              "train": { "epochs": 2, "batchSize": 16 },
              "evaluate": { "examples": 20, "checks": null, "attacks": [{ "type": "pgd", "steps": 2 }], "final": [{ "attack": { "type": "pgd", "steps": 3 }, "examples": 30 }] },
              "guard": { "onCollapse": "ignore" },
              "checkpoint": { "everySteps": 2, "everyMinutes": null },
              "logging": { "everySteps": 4 },
              "device": "cpu"
            }
            """)!.AsObject();
        foreach (var (path, value) in changes)
        {
            var keys = path.Split('.');
            var place = keys[..^1].Aggregate(recipe, (node, key) => node[key]!.AsObject());
            place[keys[^1]] = value;
        }
        return RecipeLoader.FromText<Recipe>(recipe.ToJsonString(), "tiny.json", Registry);
    }

    /// <summary>Of a run that learns, at a radius at which attacks break every image at once.</summary>
    public static IReadOnlyList<(string Path, JsonNode? Value)> Breakable =>
    [
        ("threat.epsilon", 0.9), ("objective", JsonNode.Parse("""{ "type": "standard" }""")),
        ("optimizer", JsonNode.Parse("""{ "type": "adam", "learningRate": 0.01 }""")),
    ];

    public RunOutcome Train(
        ResolvedRecipe<Recipe> recipe, TrainingHook? hook = null, string resume = SessionOptions.Auto,
        bool allowChange = false)
    {
        using var session = TrainingSession.Open(
            recipe, Registry, new(RunFolder: folder, Resume: resume, AllowRecipeChange: allowChange, Threads: Threads)
            {
                Processes = Processes,
            }, Hooks, Log);
        return session.Run();

        IReadOnlyList<TrainingHook> Hooks(string folder) =>
            [.. recipe.Value.Logging.TensorBoard ? [new TensorBoardHook(folder, Log)]
            : (TrainingHook[])[], .. hook is null ? (TrainingHook[])[] : [hook]];
    }

    /// <summary>The newest checkpoint's tensor files, by name.</summary>
    public Dictionary<string, byte[]> Tensors()
    {
        var newest = Directory.GetDirectories(folder, "0*").Order(StringComparer.Ordinal).Last();
        return Directory.GetFiles(newest, "*.safetensors")
            .ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
    }

    public Checkpoint Newest() =>
        Checkpoint.Open(Directory.GetDirectories(folder, "0*").Order(StringComparer.Ordinal).Last());

    /// <summary>metrics.jsonl without what the wall clock decides.</summary>
    public List<string> Metrics() => [.. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line =>
    {
        var node = JsonNode.Parse(line)!.AsObject();
        node.Remove("imagesPerSecond");
        node.Remove("seconds");
        return node.ToJsonString();
    })];
}
