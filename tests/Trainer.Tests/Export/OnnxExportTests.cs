using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using Trainer.Engine.Weights;
using Trainer.Engine.Weights.Onnx;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Bounds;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Tests.Bounds;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Models;
using Trainer.Tests.Training;

namespace Trainer.Tests.Export;

public sealed class OnnxExportTests : IDisposable
{
    private static readonly Normalisation Stated = new() { Mean = [0.5], Deviation = [0.25] };
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names => ModelTests.Names;

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void ONNX_Runtime_computes_the_logits_of_every_network(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (network, classifier, images) = Network(name);
        var path = Write(classifier, images, normalise: true);
        using var session = new OnnxSession(path);
        images = RandomSource.ForBatch(RandomKey.Of(1)).Uniform(images);
        var expected = classifier.Logits(images);
        var tolerance = 1e-5 * expected.abs().max().item<float>();
        TensorAssert.Close(expected, session.Run(images), tolerance);
        TensorAssert.Close(expected.narrow(0, 1, 1), session.Run(images.narrow(0, 1, 1)), tolerance);
        // The images make a difference that the tolerance does not cover.
        Assert.InRange(expected.std(0).max().item<float>() / tolerance, 1, double.MaxValue);
        network.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_tensors_have_the_keys_of_the_state_dict(string name)
    {
        using var scope = NewDisposeScope();
        var (network, classifier, images) = Network(name);
        var file = File.ReadAllText(Write(classifier, images, normalise: false), System.Text.Encoding.Latin1);
        Assert.All(
            network.state_dict().Keys.Where(key => !key.EndsWith("num_batches_tracked", StringComparison.Ordinal)
                && !key.StartsWith("sub_block1", StringComparison.Ordinal)),
            key => Assert.Contains(key, file, StringComparison.Ordinal));
        network.Dispose();
    }

    [Fact]
    public void Without_its_normalisation_the_file_takes_normalised_images()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = new ResNet18 { Width = 2 }.Build(new(1, 8, 8), 3);
        network.eval();
        using var classifier = new Classifier(network, 3, Stated);
        var images = rand(4, 1, 8, 8);
        using var session = new OnnxSession(Write(classifier, images, normalise: false));
        TensorAssert.Close(classifier.Logits(images), session.Run((images - 0.5) / 0.25), 1e-5);
        using var inside = new OnnxSession(Write(classifier, images, normalise: true, "inside.onnx"));
        TensorAssert.Close(classifier.Logits(images), inside.Run(images), 1e-5);
    }

    [Fact]
    public void A_checkpoint_is_exported_with_what_a_reader_needs_to_know()
    {
        var model = JsonNode.Parse("""{ "type": "preact-resnet-18", "width": 2, "normalisation": { "mean": [0.5], "deviation": [0.25] } }""");
        var recipe = TinyRun.Recipe(("model", model), ("train.maxSteps", 2), ("evaluate.final", new JsonArray()));
        new TinyRun(folder.At("run")).Train(recipe);
        var source = WeightsSource.Find(folder.At("run"), _ => { });
        var path = folder.At("deep", "er", "model.onnx");
        var export = new OnnxExport(recipe.Value.Model);
        Assert.InRange(export.Write(source, path), 0, 1e-5);
        using var session = new InferenceSession(path);
        Assert.Equal([("images", "-1,1,8,8")], session.InputMetadata.Select(
            pair => (pair.Key, string.Join(',', pair.Value.Dimensions))));
        Assert.Equal([("logits", "-1,2")], session.OutputMetadata.Select(
            pair => (pair.Key, string.Join(',', pair.Value.Dimensions))));
        var metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal(
            ("2", "1x8x8", "0 to 1", "[0.5]", "[0.25]", "in this file", "2"),
            (metadata["classes"], metadata["image"], metadata["range"], metadata["mean"], metadata["std"],
            metadata["normalisation"], metadata["step"]));
        Assert.Equal(["model.onnx"], Directory.GetFiles(folder.At("deep", "er")).Select(Path.GetFileName));

        Assert.Equal(ErrorKind.Recipe, Assert.Throws<TrainerException>(() => export.Write(source, path)).Kind);
        (export with { Normalise = false }).Write(source, folder.At("bare.onnx"));
        using var bare = new InferenceSession(folder.At("bare.onnx"));
        Assert.Equal(
            "before this file: (image - mean) / std", bare.ModelMetadata.CustomMetadataMap["normalisation"]);
    }

    [Fact]
    public void Logits_that_differ_leave_no_file()
    {
        // NaN agrees with nothing.
        new TinyRun(folder.At("run")).Train(
            TinyRun.Recipe(("train.maxSteps", 1), ("evaluate.final", new JsonArray())));
        var source = WeightsSource.Find(folder.At("run"), _ => { });
        var exception = Assert.Throws<TrainerException>(() =>
            new OnnxExport(new ConvSmall()) { Images = full([2, 1, 8, 8], float.NaN) }
            .Write(source, folder.At("new", "model.onnx")));
        Assert.Contains("ONNX Runtime's logits differ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["run"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_difference_above_the_tolerance_is_refused_and_one_below_is_returned()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = new ConvSmall().Build(new(1, 8, 8), 3);
        using var classifier = new Classifier(network, 3);
        var images = rand(4, 1, 8, 8);
        var path = Write(classifier, images, normalise: true);
        var bias = network.named_parameters().Single(pair => pair.name == "fc2.bias").parameter;
        var largest = classifier.Logits(images).abs().max().item<float>();
        var export = new OnnxExport(new ConvSmall());
        bias.add_(5e-5 * largest);
        Assert.InRange(export.Compare(path, classifier, images), 3e-5, 7e-5);
        bias.add_(1e-4 * largest);
        Assert.Throws<TrainerException>(() => export.Compare(path, classifier, images));
    }

    /// <summary>Those of IOperations.Apply that have bounds.</summary>
    [Fact]
    public void Every_layer_that_has_bounds_is_exported()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = new BoundNetwork([nn.Conv2d(1, 4, 3, padding: 1), nn.BatchNorm2d(4), nn.ReLU(),
            nn.AvgPool2d(3, stride: 2, padding: 1), nn.Identity(), nn.Sequential(nn.AvgPool2d(2), nn.MaxPool2d(2)),
            nn.Flatten(), nn.Dropout(), nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)]);
        network.eval();
        using var classifier = new Classifier(network, 3);
        var images = RandomSource.ForBatch(RandomKey.Of(1)).Uniform(zeros(5, 1, 8, 8));
        using var session = new OnnxSession(Write(classifier, images, normalise: true));
        TensorAssert.Close(classifier.Logits(images), session.Run(images), 1e-5);
        MarginBounds.Check(classifier);
    }

    [Fact]
    public void An_average_pool_with_a_divisor_of_its_own_is_refused()
    {
        using var network = new BoundNetwork([nn.AvgPool2d(2, divisor_override: 3)]);
        using var classifier = new Classifier(network, 2);
        Assert.Contains("a layer of TorchSharp.Modules.AvgPool2d", Assert.Throws<NotSupportedException>(() =>
            OnnxFile.Write(Stream.Null, classifier, new(1, 2, 2), true, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_states_no_operations_is_refused()
    {
        using var network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2));
        using var classifier = new Classifier(network, 2);
        Assert.Contains("expected one that implements INetworkGraph", Assert.Throws<NotSupportedException>(() =>
            OnnxFile.Write(Stream.Null, classifier, new(1, 2, 2), true, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sequence_that_computes_more_than_its_layers_is_refused()
    {
        using var network = new BoundNetwork([new DoubledSequence(nn.Conv2d(1, 2, 2))]);
        using var classifier = new Classifier(network, 2);
        Assert.Contains("Trainer.Tests.Bounds.DoubledSequence", Assert.Throws<NotSupportedException>(() =>
            OnnxFile.Write(Stream.Null, classifier, new(1, 2, 2), true, [])).Message, StringComparison.Ordinal);
    }

    private static (Module Network, Classifier Classifier, Tensor Images) Network(string name)
    {
        var stated = Fixture.Read("models.json").GetProperty(name);
        var network = ModelTests.Build(stated);
        ModelTests.Fill(network);
        network.eval();
        return (network, ModelTests.Classifier(stated, network), ModelTests.Images(stated));
    }

    private string Write(Classifier classifier, Tensor images, bool normalise, string name = "model.onnx")
    {
        var path = folder.At(name);
        using var stream = File.Create(path);
        OnnxFile.Write(
            stream, classifier, new(images.shape[1], images.shape[2], images.shape[3]), normalise, []);
        return path;
    }
}
