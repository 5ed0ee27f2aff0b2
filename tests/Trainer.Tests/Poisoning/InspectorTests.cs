using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Evaluation.Detection;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;
using Trainer.Robustness;

namespace Trainer.Tests.Poisoning;

/// <summary>Methods of inspection that cannot be used on a run.</summary>
public sealed class InspectorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly List<string> notes = [];
    private readonly DataSplits data;

    public InspectorTests()
    {
        foreach (var name in (string[])["train", "test"])
            SafetensorsWriter.Write(
                folder.At(name), [("images", (arange(100 * 16, ScalarType.Int64) % 251).to(ScalarType.Byte)
                    .reshape(100, 1, 4, 4)), ("labels", arange(100, ScalarType.Int64) % 2)],
                new Dictionary<string, string>());
        data = new SafetensorsDataSet
        {
            Train = folder.At("train"),
            Test = folder.At("test"),
            Classes = 2,
            Validation = 20,
        }.Load([]);
    }

    public void Dispose()
    {
        data.Dispose();
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void By_default_a_method_that_cannot_be_used_is_left_out_with_a_note()
    {
        var linear = nn.Sequential(nn.Flatten(), nn.Linear(16, 2));
        Assert.Equal(["spectral", "clustering"], Inspect(linear, new()));
        Assert.Equal(
            ["strip is left out: it needs 200 clean held-out images for 100 overlays, and the run held out 20",
                "spectral on 80 training images", "clustering on 80 training images"], notes);
        Assert.Equal(["spectral", "clustering", "strip"], Inspect(linear, new() { Overlays = 10 }));
        var convolution = nn.Sequential(nn.Conv2d(1, 2, 4), nn.Flatten());
        Assert.Equal(["strip"], Inspect(convolution, new() { Overlays = 10 }));
        Assert.Contains("spectral is left out: it compares the inputs of a fully connected last layer, and the network "
            + "has none", notes);
    }

    [Fact]
    public void A_method_that_is_named_and_cannot_be_used_ends_the_inspection_before_another_runs()
    {
        var fault = Assert.Throws<TrainerException>(() => Inspect(
            nn.Sequential(nn.Flatten(), nn.Linear(16, 2)),
            new() { Methods = [DetectionMethod.Spectral, DetectionMethod.Strip] }));
        Assert.Equal(
            "--method strip needs 200 clean held-out images for 100 overlays, and the run held out 20. Lower "
            + "--overlays, or name another method.", fault.Message);
        Assert.Equal(ErrorKind.Recipe, fault.Kind);
        Assert.Empty(notes);
    }

    [Fact]
    public void Where_no_method_can_be_used_each_is_named_with_the_reason()
    {
        var fault = Assert.Throws<TrainerException>(() =>
            Inspect(nn.Sequential(nn.Conv2d(1, 2, 4), nn.Flatten()), new()));
        Assert.Equal(ErrorKind.Recipe, fault.Kind);
        foreach (var part in (string[])["spectral compares", "clustering compares", "strip needs 200"])
            Assert.Contains(part, fault.Message, StringComparison.Ordinal);
    }

    private IEnumerable<string> Inspect(Module network, InspectionOptions options)
    {
        using var classifier = new Classifier(network, classes: 2);
        var inspector = new Inspector(classifier, data, seed: 1, blockSize: 50);
        return inspector.Run(options, "weights", notes.Add).Methods.Select(method => method.Name);
    }
}
