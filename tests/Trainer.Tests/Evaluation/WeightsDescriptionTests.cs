using Trainer.Engine;
using Trainer.Engine.Data;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Tests.Evaluation;

public sealed class WeightsDescriptionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_from_elsewhere_has_no_description()
    {
        var description = Read([]);
        Assert.Equal((null, null, null, null), (description.Model, description.Classes, description.Image,
            description.Normalisation));
        using var scope = NewDisposeScope();
        description.Check(Images().Shape, Images().Classes);
    }

    [Fact]
    public void Metadata_are_read_as_recipes_write_them()
    {
        var description = Read(new() { ["model"] = """{"type":"vgg-6"}""", ["mean"] = "[0.5]", ["std"] = "[0.25]" });
        Assert.Equal("""{"type":"vgg-6"}""", description.Model?.ToJsonString());
        Assert.Equal("""{"mean":[0.5],"deviation":[0.25]}""", description.Normalisation?.ToJsonString());
    }

    [Theory]
    [InlineData("classes", "10", "states that its network has 10 classes, and the data 2.")]
    [InlineData("image", "3x32x32", "states that it takes images of 3x32x32, and the data's are 1x4x5.")]
    public void Other_data_are_refused(string key, string value, string message)
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<TrainerException>(
            () => Read(new() { [key] = value }).Check(Images().Shape, Images().Classes));
        Assert.Equal($"'{folder.At("weights")}' {message} Name the data that it was trained for.", error.Message);
        Read(new() { ["classes"] = "2", ["image"] = "1x4x5" }).Check(Images().Shape, Images().Classes);
    }

    [Fact]
    public void Another_normalisation_is_refused_and_another_network_is_named()
    {
        var network = new PreActResNet18 { Width = 8, Normalisation = new() { Mean = [0.5], Deviation = [0.25] } };
        var registry = BuiltInComponents.Registry();
        var error = Assert.Throws<TrainerException>(
            () => Read(new() { ["mean"] = "[0.4]", ["std"] = "[0.25]" }).Differs(network, registry));
        Assert.Equal(
            $"'{folder.At("weights")}' states that images are normalised by mean [0.4] and deviation [0.25], "
            + "and the network of the recipe takes them normalised by mean [0.5] and deviation [0.25]. State the same.",
            error.Message);
        Assert.Throws<TrainerException>(
            () => Read(new() { ["mean"] = "[0.5]", ["std"] = "[0.25]" })
            .Differs(new PreActResNet18 { Width = 8 }, registry));
        Assert.Null(Read(new() { ["mean"] = "[0.5]", ["std"] = "[0.25]" }).Differs(network, registry));
        Assert.Null(Read([]).Differs(network, registry));
        Assert.Null(Read(new() { ["model"] = """{"type":"conv-small"}""" }).Differs(new ConvSmall(), registry));
        // A file of the engine's own that has none says so by leaving it out.
        Assert.Throws<TrainerException>(() => Read(new() { ["model"] = """{"type":"preact-resnet-18","width":8}""" }).Differs(network, registry));
        Assert.StartsWith("{\"type\":\"vgg-6\"", Read(new() { ["model"] = """{"type":"vgg-6"}""" }).Differs(new ConvSmall(), registry), StringComparison.Ordinal);
    }

    [Fact]
    public void A_normalisation_among_the_tensors_is_what_the_file_says()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("""{"mean":[0.4914,0.5],"deviation":[0.25,1]}""", Described(
            ("normalize.mean", tensor(new[] { 0.4914f, 0.5f }).reshape(1, 2, 1, 1)),
            ("normalize.std", tensor(new[] { 0.25f, 1f }))));
        Assert.Equal("""{"mean":[0.5],"deviation":[2]}""", Described(("mu", tensor(0.5f)), ("sigma", tensor(2f))));
        // Of which pair would be a guess.
        Assert.Null(Described(("a.mean", zeros(1)), ("a.std", ones(1)), ("b.mean", zeros(1)), ("b.std", ones(1))));
        Assert.Null(Described(("mean", zeros(1)), ("sigma", ones(1))));
        Assert.Null(Described(("mean", zeros(64)), ("std", ones(64))));

        string? Described(params (string, Tensor)[] tensors)
        {
            SafetensorsWriter.Write(folder.At("weights"), tensors, new Dictionary<string, string>());
            return WeightsDescription.Read(folder.At("weights")).Normalisation?.ToJsonString();
        }
    }

    [Fact]
    public void Metadata_that_are_not_JSON_are_a_fault_of_the_file()
    {
        var error = Assert.Throws<TrainerException>(() => Read(new() { ["model"] = "vgg" }));
        Assert.Equal(ErrorKind.Checkpoint, error.Kind);
        Assert.StartsWith(
            $"The metadata of '{folder.At("weights")}' are not JSON where they should be: ", error.Message,
            StringComparison.Ordinal);
    }

    private static ImageData Images() =>
        new(zeros([1, 1, 4, 5], ScalarType.Byte), zeros(1, ScalarType.Int64), ["a", "b"]);

    private WeightsDescription Read(Dictionary<string, string> metadata)
    {
        using var weight = zeros(1);
        SafetensorsWriter.Write(folder.At("weights"), [("weight", weight)], metadata);
        return WeightsDescription.Read(folder.At("weights"));
    }
}
