using System.Text.Json.Nodes;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Export;

public sealed class WeightsExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_file_holds_what_PyTorchs_network_of_the_same_name_holds()
    {
        var model = JsonNode.Parse("""{ "type": "preact-resnet-18", "width": 2, "normalisation": { "mean": [0.5], "deviation": [0.25] } }""");
        var recipe = TinyRun.Recipe(("model", model), ("train.maxSteps", 2), ("evaluate.final", new JsonArray()));
        new TinyRun(folder.At("run")).Train(recipe);
        var source = WeightsSource.Find(folder.At("run"), _ => { });
        var count = WeightsExport.Write(source, folder.At("weights.safetensors"));

        using var scope = NewDisposeScope();
        using var weights = source.Open(CheckpointFiles.Model);
        using var exported = SafetensorsFile.Open(folder.At("weights.safetensors"));
        // Of the 107 tensors of the public network, widths apart: Fixtures/keys/preact-resnet-18-rice.txt.
        Assert.Equal(107, count);
        var keys = Models.KeyList.Read("preact-resnet-18-rice").Tensors.Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => (Dtype: words[1], Rank: words.Length - 2));
        Assert.Equal(keys.Keys.Order(), exported.Entries.Select(entry => entry.Name).Order());
        foreach (var entry in exported.Entries)
        {
            Assert.Equal(keys[entry.Name], (entry.Dtype.ToString().ToLowerInvariant(), entry.Shape.Length));
            TensorAssert.Same(weights.Read(entry.Name), exported.Read(entry.Name));
        }
        Assert.Equal(2, exported.Read("bn.num_batches_tracked").item<long>());
        Assert.Equal(
            ("pt", "2", "1x8x8", "[0.5]", "[0.25]", "2"),
            (exported.Metadata["format"], exported.Metadata["classes"], exported.Metadata["image"],
            exported.Metadata["mean"], exported.Metadata["std"], exported.Metadata["step"]));
        Assert.Equal("preact-resnet-18", (string?)JsonNode.Parse(exported.Metadata["model"])!["type"]);
        Assert.Equal(
            ["run", "weights.safetensors"], Directory.GetFileSystemEntries(folder.Path)
            .Select(path => Path.GetFileName(path)).Order());
    }

    [Fact]
    public void Raw_or_averaged_weights_are_written_as_asked_and_otherwise_the_measured_ones()
    {
        var average = JsonNode.Parse("""{ "type": "ema", "decay": 0.9 }""");
        new TinyRun(folder.At("run")).Train(TinyRun.Recipe(
            ("average", average), ("train.maxSteps", 3), ("evaluate.final", new JsonArray())));
        var source = WeightsSource.Find(folder.At("run"), _ => { });
        using var scope = NewDisposeScope();
        Tensor Exported(WeightsChoice? weights)
        {
            var path = folder.At($"{weights}.safetensors");
            WeightsExport.Write(source, path, weights);
            using var file = SafetensorsFile.Open(path);
            return file.Read(file.Entries[0].Name);
        }
        Tensor Saved(string name)
        {
            using var file = source.Open(name);
            return file.Read(file.Entries[0].Name);
        }
        TensorAssert.Same(Saved(CheckpointFiles.Model), Exported(WeightsChoice.Raw));
        TensorAssert.Same(Saved(CheckpointFiles.Average), Exported(WeightsChoice.Average));
        TensorAssert.Same(Saved(CheckpointFiles.Average), Exported(null));
        Assert.NotEqual(0, (Saved(CheckpointFiles.Model) - Saved(CheckpointFiles.Average)).abs().max().item<float>());
    }

    [Theory]
    [InlineData("best")]
    [InlineData("latest")]
    public void The_files_best_and_latest_name_checkpoints(string name)
    {
        new TinyRun(folder.At("run")).Train(TinyRun.Recipe(("train.maxSteps", 6), ("evaluate.final", new JsonArray())));
        // Neither what a search of the folder would find.
        var earlier = Path.GetFileName(
            Directory.GetDirectories(folder.At("run"), "0*").Order(StringComparer.Ordinal).First());
        var newest = new TinyRun(folder.At("run")).Newest();
        Assert.NotEqual(earlier, Path.GetFileName(newest.Path));
        File.WriteAllText(folder.At($"run/{name}"), earlier + "\n");
        Assert.Equal(earlier, Path.GetFileName(
            WeightsSource.Find(folder.At($"run/{name}"), _ => { }).Checkpoint!.Path));
        Assert.Equal(earlier, Path.GetFileName(Checkpoint.Open(folder.At($"run/{name}")).Path));
    }

    [Fact]
    public void A_file_that_is_there_is_not_overwritten()
    {
        new TinyRun(folder.At("run")).Train(TinyRun.Recipe(("train.maxSteps", 1), ("evaluate.final", new JsonArray())));
        File.WriteAllText(folder.At("mine"), "mine");
        var error = Assert.Throws<TrainerException>(() => WeightsExport.Write(WeightsSource.Find(
            folder.At("run"), _ => { }), folder.At("mine")));
        Assert.Equal($"file: '{folder.At("mine")}' exists already. Move it away, or name another.", error.Message);
        Assert.Equal("mine", File.ReadAllText(folder.At("mine")));
    }

    [Fact]
    public void A_file_of_weights_is_no_checkpoint()
    {
        File.WriteAllText(folder.At("weights"), "");
        var error = Assert.Throws<TrainerException>(() => WeightsExport.Write(WeightsSource.Find(
            folder.At("weights"), _ => { }), folder.At("new")));
        Assert.Equal(
            $"'{folder.At("weights")}' is a file of weights already, expected a run folder or a checkpoint.",
            error.Message);
    }
}
