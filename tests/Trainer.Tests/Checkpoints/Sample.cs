using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;

namespace Trainer.Tests.Checkpoints;

/// <summary>Checkpoints whose every value follows from their step.</summary>
internal static class Sample
{
    public static readonly Retention KeepAll = new(KeepLast: 1000, KeepBest: 0);

    public static CheckpointContents Contents(long step, double? score = null) => new(
        [
            new TensorFile(CheckpointFiles.Model, [("weight", full([4, 3], (double)step)),
                ("steps", full([], step, ScalarType.Int64))], new Dictionary<string, string> { ["format"] = "pt" }),
            new TensorFile(
            CheckpointFiles.Optimizer, [("weight", full([4, 3], -step, ScalarType.BFloat16))],
            new Dictionary<string, string>()),
        ],
        State(step) with { Score = score });

    public static CheckpointState State(long step) => new()
    {
        Next = NextAction.Step,
        Epoch = (int)(step / 10),
        StepInEpoch = step % 10,
        GlobalStep = step,
        Attempt = 1,
        Recipe = new JsonObject { ["name"] = "sample", ["seed"] = 0.1 },
        RecipeHash = "abc",
        DataFingerprint = "def",
        Versions = new Dictionary<string, string> { ["trainer"] = "0.1.0" },
        Device = "cpu",
        Threads = 2,
        MetricsLength = step * 100,
        Parts = new JsonObject { ["guard"] = new JsonObject { ["worst"] = 1.0 / 3, ["seen"] = new JsonArray(1, 2) } },
    };

    /// <summary>Checks every value of a checkpoint against its step.</summary>
    public static void AssertIs(Checkpoint? checkpoint, long step, long? metricsLength = null)
    {
        Assert.NotNull(checkpoint);
        var expected = State(step);
        Assert.Equal(step, checkpoint.State.GlobalStep);
        Assert.Equal(
            (expected.Next, expected.Epoch, expected.StepInEpoch, expected.Attempt),
            (checkpoint.State.Next, checkpoint.State.Epoch, checkpoint.State.StepInEpoch, checkpoint.State.Attempt));
        Assert.Equal((expected.RecipeHash, expected.DataFingerprint, expected.Device, expected.Threads, metricsLength
            ?? expected.MetricsLength), (checkpoint.State.RecipeHash, checkpoint.State.DataFingerprint,
            checkpoint.State.Device, checkpoint.State.Threads, checkpoint.State.MetricsLength));
        Assert.True(JsonNode.DeepEquals(expected.Recipe, checkpoint.State.Recipe));
        Assert.True(JsonNode.DeepEquals(expected.Parts, checkpoint.State.Parts));
        Assert.Equal(expected.Versions, checkpoint.State.Versions);
        using var scope = NewDisposeScope();
        using var model = checkpoint.OpenTensors(CheckpointFiles.Model);
        Assert.Equal(Enumerable.Repeat((float)step, 12), model.Read("weight").data<float>().ToArray());
        Assert.Equal(step, model.Read("steps").item<long>());
        Assert.Equal("pt", model.Metadata["format"]);
        using var optimizer = checkpoint.OpenTensors(CheckpointFiles.Optimizer);
        Assert.Equal(-step, optimizer.Read("weight")[3, 2].to(ScalarType.Float32).item<float>());
    }

    public static CheckpointStore Store(TemporaryFolder folder, Retention? retention = null) =>
        new(folder.Path, retention ?? KeepAll, warning => Assert.Fail(warning));

    /// <summary>Saves at each of some steps.</summary>
    public static void Save(CheckpointStore store, params (long Step, double? Score)[] saves)
    {
        foreach (var (step, score) in saves)
        {
            using var scope = NewDisposeScope();
            store.Write(store.Prepare(Contents(step, score)));
        }
    }

    public static string[] Folders(TemporaryFolder folder) =>
        [.. Directory.GetDirectories(folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
