using System.Text.Json.Nodes;
using Trainer.Tests.Training;

namespace Trainer.Tests.Data.Encoded;

public sealed class SameRunTests
{
    [Fact]
    public void Fashion_MNIST_trains_bit_for_bit_the_same_through_every_format()
    {
        using var formats = new FashionFormats();
        using var folder = new TemporaryFolder();
        var (own, metrics, fingerprint) = Train("fashion-mnist");
        foreach (var type in (string[])["image-folder", "npz", "npy", "safetensors", "parquet"])
        {
            var run = Train(type);
            Assert.Equal(fingerprint, run.Fingerprint);
            Assert.Equal(metrics, run.Metrics);
            Assert.Equal(own.Keys.Order(), run.Tensors.Keys.Order());
            foreach (var (name, bytes) in own)
                Assert.True(bytes.AsSpan().SequenceEqual(run.Tensors[name]), $"{name} differs through {type}.");
        }

        (Dictionary<string, byte[]> Tensors, List<string> Metrics, string Fingerprint) Train(string type)
        {
            var recipe = TinyRun.Recipe(
                ("data", JsonNode.Parse(formats.Data[type])), ("train.maxSteps", 5), ("evaluate.final",
                    new JsonArray()));
            using var data = recipe.Value.Data.Load([]);
            var run = new TinyRun(folder.At(type));
            run.Train(recipe);
            return (run.Tensors(), run.Metrics(), data.Fingerprint);
        }
    }
}
