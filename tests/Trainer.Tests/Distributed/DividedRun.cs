using System.Text.Json.Nodes;
using Serilog;
using Serilog.Core;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Distributed;

/// <summary>A run of several processes, each on a thread, in a folder of its own.</summary>
internal sealed class DividedRun(string folder)
{
    /// <summary>Of the first process.</summary>
    public ILogger Log { get; init; } = Logger.None;

    public static ResolvedRecipe<Recipe> Recipe(params (string Path, JsonNode? Value)[] changes) => TinyRun.Recipe([
        ("data.validation", 0), ("evaluate", JsonNode.Parse("""{ "checks": null, "attacks": [], "final": [] }""")),
        ("train.epochs", 3), ("train.batchSize", 40), ("logging", JsonNode.Parse("""{ "everySteps": 2, "tensorBoard": false }""")),
        ("checkpoint", JsonNode.Parse("""{ "everySteps": null, "everyMinutes": null, "everyEpochs": 2 }""")), .. changes]);

    /// <summary>Trains, and gives what each process's thread then has.</summary>
    public List<T> Train<T>(ResolvedRecipe<Recipe> recipe, int size, Func<T> result, int? crashAt = null) =>
        ThreadCollectives.Run(size, processes =>
        {
            var run = new TinyRun(folder)
            {
                Processes = processes,
                Threads = 1,
                Log = processes.IsFirst ? Log : Logger.None,
            };
            run.Train(recipe, crashAt is { } step ? new Crash(step) : null);
            return result();
        });

    /// <summary>The weights at the end; the run has checked that all processes have the same.</summary>
    public double[] Train(
        ResolvedRecipe<Recipe> recipe, int size, string weights = "model", int? crashAt = null, string? key = null)
    {
        Train(recipe, size, () => 0, crashAt);
        using var file = new TinyRun(folder).Newest().OpenTensors(weights);
        return [.. file.Entries
            .Where(entry => (key ?? entry.Name) == entry.Name
                && entry.Dtype is (ScalarType.Float64 or ScalarType.Float32))
            .SelectMany(entry =>
            {
                using var values = file.Read(entry.Name);
                using var precise = values.to(ScalarType.Float64);
                return precise.data<double>().ToArray();
            })];
    }

    public static void Close(double[] expected, double[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        var largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(found), pair => Assert.True(
            Math.Abs(pair.First - pair.Second) <= tolerance * largest, $"{pair.First} and {pair.Second}"));
    }
}
