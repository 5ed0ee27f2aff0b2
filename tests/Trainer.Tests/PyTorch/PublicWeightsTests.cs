using System.IO.Compression;
using System.Text.Json;
using Trainer.Engine;
using Trainer.Engine.Storage.PyTorch;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Models;

namespace Trainer.Tests.PyTorch;

/// <summary>
/// Weights of every registered network as RobustBench's files hold them: nested, prefixed, with keys that are not used,
/// of both formats (Fixtures/pytorch/make.py).
/// </summary>
public sealed class PublicWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Names =>
        [.. Fixture.Read("models.json").EnumerateObject().Select(network => network.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_equal_PyTorchs(string name)
    {
        using var scope = NewDisposeScope();
        var described = Fixture.Read("models.json").GetProperty(name);
        var images = KeyList.Shape(Fixture.Numbers(described.GetProperty("images")));
        var model = Model(described.GetProperty("model"));
        using var network = model.Build(images, 10);
        using var file = Open(name);
        Assert.NotEmpty(WeightsLoader.Load(file, network));
        network.eval();
        var pixels = (arange(2 * images.Channels * images.Height * images.Width) * 3 % 11).to(ScalarType.Float32) / 10;
        var logits = new Classifier(network, 10, model.Normalisation).Logits(
            pixels.reshape(2, images.Channels, images.Height, images.Width)).detach();
        var expected = tensor(Fixture.Numbers(Expected(name).GetProperty("logits"))).reshape(2, 10)
            .to(ScalarType.Float32);
        var scale = expected.abs().max().item<float>();
        Assert.InRange(scale, 1e-3f, float.MaxValue);
        Assert.InRange((expected - logits).abs().max().item<float>(), 0, 1e-5f * scale);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_network_is_among_the_registered_ones_that_fit(string name)
    {
        using var file = Open(name);
        var described = Fixture.Read("models.json").GetProperty(name);
        var model = Model(described.GetProperty("model"));
        var fits = ArchitectureFit.Find(file, BuiltInComponents.Registry());
        var lines = fits.Select(fit => WeightsDescription.Line(fit.Network)).ToList();
        // Weights do not show the size of a head: published ones have 64 channels.
        Assert.Contains(WeightsDescription.Line(model is VisionTransformer vit ? vit with { HeadDim = 64 } : model)
            .Replace("\"swish\"", "\"silu\"", StringComparison.Ordinal), lines);
        Assert.All(fits, fit => Assert.Equal(model.GetType(), fit.Network.GetType()));
        // Weights do not show where a shortcut begins, or the nonlinearity.
        Assert.Equal(model is PreActResNet18 or WideResNet or DeepMindWideResNet ? 2 : 1, fits.Count);
        Assert.All(fits, fit => Assert.Equal(10, fit.Classes));
    }

    private TorchFile Open(string name)
    {
        var file = Expected(name).GetProperty("file").GetString()!;
        using (var packed = new GZipStream(
            File.OpenRead(TorchBytes.Fixture(Path.Combine("networks", file))), CompressionMode.Decompress))
        using (var unpacked = File.Create(folder.At("weights.pt")))
            packed.CopyTo(unpacked);
        return TorchFile.Open(folder.At("weights.pt"));
    }

    private static JsonElement Expected(string name) => Fixture.Read(Path.Combine("pytorch", "logits.json"))
        .GetProperty(name);

    private static IArchitecture Model(JsonElement model) => RecipeLoader.FromText<ModelAlone>(
        $$"""{ "model": {{model.GetRawText()}} }""", "test", BuiltInComponents.Registry()).Value.Model;
}
