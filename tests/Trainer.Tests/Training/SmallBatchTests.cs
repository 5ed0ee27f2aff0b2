using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;

namespace Trainer.Tests.Training;

/// <summary>
/// Batch norm needs two values of a channel, and the feature maps of a ResNet-18 are one pixel for images of 8×8.
/// </summary>
public sealed class SmallBatchTests : IDisposable
{
    private const string Deep = """{ "type": "preact-resnet-18", "width": 2 }""";
    private const string Shallow = """{ "type": "conv-small-bn" }"""; // its feature maps are 2×2
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(33, 16, """{ }""")]
    [InlineData(34, 16, """{ "objective.mix": { "cleanFraction": 0.5 }, "batchNorm": { "normalise": "separate" } }""")] // one clean, one adversarial
    [InlineData(34, 16, """{ "objective.mix": { "cleanFraction": 0.5 }, "batchNorm": { "attack": "batch" } }""")] // the attack's one row
    [InlineData(33, 16, """{ "objective": { "type": "trades", "beta": 6, "attack": { "type": "pgd", "steps": 2 } } }""")]
    [InlineData(33, 16, """{ "objective": { "type": "free", "replays": 2 } }""")]
    [InlineData(33, 16, """{ "train.maxSteps": 1, "average": { "type": "swa", "fromEpoch": 0, "everySteps": 1 } }""")] // all batches give statistics
    public void A_last_batch_that_batch_norm_cannot_be_trained_on_is_found_before_anything_is_created(
        int count, int batchSize, string changes)
    {
        var exception = Assert.Throws<TrainerException>(
            () => new TinyRun(folder.At("run")).Train(Recipe(count, batchSize, Deep, changes)));
        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        Assert.Equal(
            $"train.lastBatch: found \"keep\"; the last batch of {count} images in batches of {batchSize} has "
            + $"{count % batchSize}, of which batch norm has a single image to normalise, "
            + "whose feature maps are one pixel. "
            + "Set train.lastBatch to \"drop\" or \"merge\", or choose another train.batchSize.",
            exception.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(33, 1, """{ }""")]
    [InlineData(32, 16, """{ "objective.mix": { "cleanFraction": 0.0625 }, "batchNorm": { "normalise": "separate" } }""")] // one clean row of 16
    public void A_batch_that_batch_norm_cannot_be_trained_on_is_found_before_anything_is_created(
        int count, int batchSize, string changes)
    {
        var exception = Assert.Throws<TrainerException>(
            () => new TinyRun(folder.At("run")).Train(Recipe(count, batchSize, Deep, changes)));
        Assert.Equal(ErrorKind.Recipe, exception.Kind);
        Assert.StartsWith(
            $"train.batchSize: found {batchSize}; in a batch of {Math.Min(count, batchSize)}, "
            + "batch norm has a single image to normalise", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(1, 16, """{ }""", "1 training image", 1)]
    [InlineData(1, 1, """{ }""", "1 training image", 1)]
    [InlineData(2, 16, """{ "objective.mix": { "cleanFraction": 0.5 }, "batchNorm": { "normalise": "separate" } }""", "2 training images", 2)]
    public void A_training_set_too_small_for_batch_norm_is_not_answered_by_a_larger_batch(
        int count, int batchSize, string changes, string found, int rows)
    {
        var exception = Assert.Throws<TrainerException>(
            () => new TinyRun(folder.At("run")).Train(Recipe(count, batchSize, Deep, changes)));
        Assert.Equal(
            $"data: found {found}, all in one batch; in a batch of {rows}, batch norm has a single image to normalise, "
            + "whose feature maps are one pixel. "
            + "Train on more images (data.validation holds out 24), or choose a model without batch norm.",
            exception.Message);
    }

    [Theory]
    [InlineData(33, Deep, """{ "train.lastBatch": "drop" }""", 4)]
    [InlineData(33, Deep, """{ "train.lastBatch": "merge" }""", 4)]
    [InlineData(33, Deep, """{ "train.lastBatch": "merge", "objective": { "type": "free", "replays": 2 } }""", 4)]
    [InlineData(33, Deep, """{ "train.maxSteps": 2 }""", 2)] // the run ends before the last batch
    [InlineData(34, Deep, """{ "objective.mix": { "cleanFraction": 0.5 } }""", 6)] // two rows together
    [InlineData(33, Shallow, """{ }""", 6)]
    [InlineData(33, """{ "type": "conv-small" }""", """{ }""", 6)]
    public void Other_last_batches_are_trained_on(int count, string model, string changes, long steps)
    {
        var run = new TinyRun(folder.At("run"));
        Assert.Equal(0, run.Train(Recipe(count, 16, model, changes)).ExitCode);
        Assert.Equal(steps, run.Newest().State.GlobalStep);
    }

    [Theory]
    [InlineData("pgd-at")]
    [InlineData("trades")]
    [InlineData("awp")]
    [InlineData("free")]
    public void The_trial_leaves_the_run_as_it_was(string objective)
    {
        var attack = """{ "type": "pgd", "steps": 2 }""";
        var description = objective switch
        {
            "awp" => $$"""{ "type": "awp", "objective": { "type": "pgd-at", "attack": {{attack}} } }""",
            "free" => """{ "type": "free" }""",
            "trades" => $$"""{ "type": "trades", "beta": 6, "attack": {{attack}} }""",
            _ => $$"""{ "type": "pgd-at", "attack": {{attack}} }""",
        };
        using var scope = NewDisposeScope();
        var recipe = Recipe(33, 16, Shallow, $$"""{ "objective": {{description}} }""").Value;
        using var run = new TrainingRun(recipe, recipe.Data.Load([]), CPU);
        IReadOnlyList<Tensor> state = [.. run.Tensors(run.Parts).SelectMany(file => file.Tensors)
            .Where(entry => entry.Key != "metrics.worst").Select(entry => entry.Tensor)];
        var before = state.Select(tensor => tensor.clone()).ToList();
        SmallBatchTrial.Run(run);
        foreach (var (tensor, former) in state.Zip(before))
            TensorAssert.Same(former, tensor);
        Assert.Equal(0, run.Position.Step);
    }

    [Theory]
    [InlineData("drop", "pgd-at")]
    [InlineData("merge", "pgd-at")]
    [InlineData("merge", "free")]
    public void A_run_without_a_short_last_batch_that_crashed_equals_one_that_did_not(
        string lastBatch, string objective)
    {
        var recipe = Recipe(89, 16, Shallow, $$"""
            { "train.lastBatch": "{{lastBatch}}", "average": { "type": "swa", "fromEpoch": 0, "everySteps": 3 }{{(objective == "free" ? """, "objective": { "type": "free", "replays": 2 }""" : "")}} }
            """);
        var (whole, broken) = (new TinyRun(folder.At("whole")), new TinyRun(folder.At("broken")));
        whole.Train(recipe);
        Assert.Equal(10, whole.Newest().State.GlobalStep); // 5 steps an epoch, or 5 batches twice
        foreach (var step in (long[])[4, 5, 6, 9])
            Assert.Throws<CrashException>(() => broken.Train(recipe, new Crash(step)));
        broken.Train(recipe);
        foreach (var (name, bytes) in whole.Tensors())
            Assert.True(bytes.AsSpan().SequenceEqual(broken.Tensors()[name]), $"{name} differs.");
        Assert.Equal(whole.Metrics(), broken.Metrics());
    }

    private static ResolvedRecipe<Recipe> Recipe(int count, int batchSize, string model, string changes) =>
        TinyRun.Recipe(
    [
        ("data.count", count), ("train.batchSize", batchSize), ("model", JsonNode.Parse(model)),
        .. JsonNode.Parse(changes)!.AsObject().Select(change => (change.Key, change.Value?.DeepClone())),
    ]);
}
