using System.Text.Json.Nodes;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Data.Encoded;

/// <summary>Runs whose images are decoded whenever they are needed equal those with images in memory.</summary>
public sealed class StreamedRunTests : IDisposable
{
    private readonly FashionFormats formats = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        formats.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_streamed_run_equals_the_run_in_memory_bit_for_bit_for_any_number_of_workers_and_after_any_resume()
    {
        var expected = Train("memory", "image-folder", """{ "memoryGB": 1 }""");
        Same(expected, Train("one", "image-folder", """{ "memoryGB": 0, "workers": 1 }"""));
        Same(expected, Train("three", "parquet", """{ "memoryGB": 0, "workers": 3 }"""));
        Same(expected, Train("two", "npz, stored", """{ "memoryGB": 0, "workers": 2 }"""));

        var run = new TinyRun(folder.At("crashes"));
        // At once, in the first epoch of five steps, after it, and in the second.
        foreach (var step in (int[])[1, 3, 5, 6])
            Assert.Throws<CrashException>(() => run.Train(
                Recipe("image-folder", $$"""{ "memoryGB": 0, "workers": {{1 + step % 3}} }"""), new Crash(step)));
        run.Train(Recipe("image-folder", """{ "memoryGB": 0, "workers": 2 }"""));
        Same(expected, run);
    }

    private TinyRun Train(string name, string type, string stream)
    {
        var run = new TinyRun(folder.At(name));
        run.Train(Recipe(type, stream));
        return run;
    }

    private ResolvedRecipe<Recipe> Recipe(string type, string stream)
    {
        var data = JsonNode.Parse(formats.Data[type])!;
        data["stream"] = JsonNode.Parse(stream);
        data["augment"] = JsonNode.Parse("""[{ "type": "random-resized-crop" }, { "type": "flip" }]""");
        return TinyRun.Recipe(
            ("data", data), ("train.maxSteps", 7), ("train.batchSize", 24), ("evaluate.examples", 4),
            ("evaluate.final", JsonNode.Parse("""[{ "attack": { "type": "pgd", "steps": 1 }, "examples": 8 }]""")),
            ("average", JsonNode.Parse("""{ "type": "swa", "fromEpoch": 0 }""")));
    }

    private static void Same(TinyRun expected, TinyRun run)
    {
        Assert.Equal(expected.Metrics(), run.Metrics());
        var (tensors, found) = (expected.Tensors(), run.Tensors());
        Assert.Equal(tensors.Keys.Order(), found.Keys.Order());
        foreach (var (name, bytes) in tensors)
            Assert.True(bytes.AsSpan().SequenceEqual(found[name]), $"{name} differs.");
    }
}
