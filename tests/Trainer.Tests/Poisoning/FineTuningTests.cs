using System.Text.Json;
using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Repair;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Training;

namespace Trainer.Tests.Poisoning;

/// <summary>The training of a repair on clean images.</summary>
public sealed class FineTuningTests : IDisposable
{
    private static readonly JsonElement Expected = Fixture.Read("repair.json").GetProperty("fineTuning");
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Its_steps_are_those_of_an_independent_transcription()
    {
        var images = new ImageData(
            tensor(Array.ConvertAll(Fixture.Numbers(Expected.GetProperty("images")), number => (byte)number))
                .reshape(5, 1, 2, 2),
            tensor(Array.ConvertAll(Fixture.Numbers(Expected.GetProperty("labels")), number => (long)number)),
            ["a", "b"]);
        using var data = new DataSplits(images, images, images, "data");
        var recipe = TinyRun.Recipe().Value with { Model = new TinyArchitecture(new float[2, 4]) };
        var source = SavedLinear.Write(folder.At("weights"), Read(Expected, "weight", 2, 4), Read(Expected, "bias", 2));
        // Four of the five images are one batch, the fifth is held out.
        using var clean = CleanImages.Of(recipe, data, 0.5);
        var held = clean.Held.Images.flatten(1);
        var without = images.Images.flatten(1).eq(held).all(1L).nonzero().item<long>();
        using var network = new RepairedNetwork(recipe, source, images, CPU);
        Assert.Null(new FineTuning(epochs: 3, learningRate: 0.5).Run(network, clean));
        var expected = Expected.GetProperty("without")[(int)without];
        var found = network.Module.named_parameters().ToDictionary(item => item.name, item =>
            item.parameter.detach().to(ScalarType.Float64));
        TensorAssert.Close(Read(expected, "weight", 2, 4), found["linear.weight"], 1e-5);
        TensorAssert.Close(Read(expected, "bias", 2), found["linear.bias"], 1e-5);
    }

    private static Tensor Read(JsonElement json, string name, params long[] shape) =>
        tensor(Fixture.Numbers(json.GetProperty(name))).reshape(shape);
}
