using System.IO.Compression;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Models;

namespace Trainer.Tests.Foreign;

/// <summary>Networks that PyTorch saved: Fixtures/make_network_files.py.</summary>
public sealed class NetworkFileTests : IDisposable
{
    private static readonly ImageShape Small = new(1, 8, 8);
    private static readonly ImageShape Large = new(1, 32, 32);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("conv-small-traced.ts")]
    [InlineData("conv-small-scripted.ts")]
    [InlineData("conv-small-frozen.ts")]
    [InlineData("no-gradient.ts")]
    [InlineData("conv-small.onnx")]
    [InlineData("resnet-18-traced.ts")]
    [InlineData("preact-resnet-18-traced.ts")]
    [InlineData("resnet-18-one-image.onnx")]
    public void A_file_has_the_logits_of_the_registered_network_with_the_same_weights(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var residual = name.Contains("resnet", StringComparison.Ordinal);
        using var registered = name.StartsWith("preact", StringComparison.Ordinal)
            ? Filled(new PreActResNet18 { Width = 1 }, Large) : Registered(residual);
        using var network = Find(Fixture(name)).Build(residual ? Large : Small, 10);
        var images = Images(residual ? Large : Small, 5);
        var expected = registered.call(images);
        TensorAssert.Close(expected, network.call(images), 1e-5 * expected.abs().max().item<float>());
    }

    [Theory]
    [InlineData("conv-small-traced.ts")]
    [InlineData("conv-small-frozen.ts")]
    public void Attacks_find_for_a_TorchScript_file_what_they_find_for_the_registered_network(string name)
    {
        using var scope = NewDisposeScope();
        using var registered = Registered(residual: false);
        using var network = Find(Fixture(name)).Build(Small, 10);
        using var first = new Classifier(registered, 10);
        using var second = new Classifier(network, 10);
        var images = Images(Small, 40);
        var labels = first.Predict(images);
        Assert.Equal(labels.data<long>(), second.Predict(images).data<long>());
        TensorAssert.Close(
            new CrossEntropyLoss(labels).Gradient(first, images), new CrossEntropyLoss(labels).Gradient(second, images),
            1e-6);
        IAttack[] attacks = [new Pgd { Steps = 10 }, new Apgd { Steps = 10 }, new Square { Queries = 30 }];
        foreach (var attack in attacks)
        {
            var (one, other) = (Attacked(attack, first), Attacked(attack, second));
            // A comparison within rounding may turn out differently.
            var same = (one - other).abs() < 1e-4;
            Assert.InRange(same.sum().item<long>(), 38, 40);
            Assert.True((one - Margin(images)).mean().item<float>() > 1e-3);
        }

        Tensor Margin(Tensor values) => new MarginLoss(labels).PerExample(first.Logits(values)).detach();

        // The margins of the images that the attack found.
        Tensor Attacked(IAttack attack, Classifier classifier)
        {
            long[] indices = [.. Enumerable.Range(0, 40).Select(row => (long)row)];
            var random = RandomSource.ForExamples(RandomKey.Of(3), indices);
            var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 };
            var found = attack.Run(new(classifier, images, new MarginLoss(labels), threat, random));
            return Margin(found.Images);
        }
    }

    [Theory]
    [InlineData("conv-small-traced.ts", true)]
    [InlineData("conv-small-frozen.ts", true)]
    [InlineData("no-gradient.ts", false)]
    [InlineData("conv-small.onnx", false)]
    public void Logits_have_a_gradient_or_none(string name, bool expected)
    {
        using var scope = NewDisposeScope();
        using var network = Find(Fixture(name)).Build(Small, 10);
        Assert.Equal(expected, network.call(Images(Small, 1).requires_grad_()).requires_grad);
    }

    [Fact]
    public void A_file_is_known_by_its_contents_whatever_its_name()
    {
        File.Copy(Fixture("conv-small-traced.ts"), folder.At("a.onnx"));
        File.Copy(Fixture("conv-small.onnx"), folder.At("b.ts"));
        File.WriteAllText(folder.At("c.ts"), "<html>Not found</html>");
        File.WriteAllText(folder.At("d.onnx"), "\b\n");
        File.WriteAllBytes(folder.At("e.ts"), []);
        Assert.Equal(
            ["a TorchScript file", "an ONNX file", null, null, null],
            Directory.GetFiles(folder.Path).Order().Select(path => NetworkFile.Find(path, null)?.Kind));
    }

    [Fact]
    public void An_ONNX_network_is_identified_by_the_files_of_its_weights_too()
    {
        // The beginning of a file, then a tensor's entry ("location", "weights.bin").
        byte[] names = [0x0a, 8, .. "location"u8, 0x12, 11, .. "weights.bin"u8];
        File.WriteAllBytes(folder.At("model.onnx"), [8, 8, 0x12, 0, .. names, .. names]);
        File.WriteAllText(folder.At("weights.bin"), "1");
        var first = Find(folder.At("model.onnx")).Hash;
        Assert.Equal(first, Find(folder.At("model.onnx")).Hash);
        File.WriteAllText(folder.At("weights.bin"), "2");
        Assert.NotEqual(first, Find(folder.At("model.onnx")).Hash);
        File.WriteAllText(folder.At("other.bin"), "3");
        var second = Find(folder.At("model.onnx")).Hash;
        File.WriteAllText(folder.At("other.bin"), "4");
        Assert.Equal(second, Find(folder.At("model.onnx")).Hash);
    }

    [Fact]
    public void A_record_that_is_given_twice_is_refused()
    {
        using (var source = ZipFile.OpenRead(Fixture("conv-small-traced.ts")))
        using (var target = ZipFile.Open(folder.At("twice.ts"), ZipArchiveMode.Create))
            foreach (var entry in source.Entries.Concat(source.Entries.Where(entry => entry.Name == "data.pkl")))
            {
                using var content = entry.Open();
                using var written = target.CreateEntry(entry.FullName).Open();
                content.CopyTo(written);
            }
        Assert.Contains("data.pkl is given twice", Assert.Throws<TrainerException>(
            () => NetworkFile.Find(folder.At("twice.ts"), null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x2000000000000001)]
    [InlineData(-1)]
    public void A_number_of_values_that_no_file_has_is_refused(long count) =>
        Assert.Contains($"Found {count} values", Assert.Throws<InvalidDataException>(
            () => new PickledStorage("0", "DoubleStorage", count).Bytes).Message, StringComparison.Ordinal);

    [Fact]
    public void An_archive_that_is_cut_short_is_refused()
    {
        File.WriteAllBytes(folder.At("half.ts"), File.ReadAllBytes(Fixture("conv-small-traced.ts"))[..50000]);
        Assert.Null(NetworkFile.Find(folder.At("half.ts"), null));
        var exception = Assert.Throws<TrainerException>(() => NetworkFile.CheckWhole(folder.At("half.ts")));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("zip archive of 50000 bytes without the index at its end", exception.Message,
            StringComparison.Ordinal);
        NetworkFile.CheckWhole(Fixture("conv-small-traced.ts"));
    }

    [Theory]
    [InlineData("conv-small-traced.ts", "data/2", 32768)]
    [InlineData("conv-small-frozen.ts", "constants/4", -1)]
    public void A_record_of_half_its_length_is_refused(string name, string record, int length)
    {
        Rewrite(Fixture(name), folder.At("short.ts"), record, bytes => bytes[..(bytes.Length / 2)]);
        var exception = Assert.Throws<TrainerException>(() => NetworkFile.Find(folder.At("short.ts"), null));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains($"{record} has ", exception.Message, StringComparison.Ordinal);
        if (length > 0)
            Assert.Contains($"has {length / 2} bytes, expected {length} for {length / 4} values of FloatStorage",
                exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_record_is_refused()
    {
        Rewrite(Fixture("conv-small-traced.ts"), folder.At("missing.ts"), "data/2", _ => null);
        Assert.Contains("has no record conv-small-traced/data/2, which data.pkl names", Assert.Throws<TrainerException>(
            () => NetworkFile.Find(folder.At("missing.ts"), null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_that_ends_early_or_has_other_opcodes_is_refused()
    {
        Rewrite(Fixture("conv-small-traced.ts"), folder.At("cut.ts"), "data.pkl", bytes => bytes[..300]);
        Rewrite(Fixture("conv-small-traced.ts"), folder.At("other.ts"), "data.pkl", bytes => [0x80, 2, 0x69, .. bytes]);
        Assert.Contains("at byte 276 of a pickle, a line has no end", Assert.Throws<TrainerException>(
            () => NetworkFile.Find(folder.At("cut.ts"), null)).Message, StringComparison.Ordinal);
        Assert.Contains("at byte 2 of a pickle, found the opcode 0x69", Assert.Throws<TrainerException>(
            () => NetworkFile.Find(folder.At("other.ts"), null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ONNX_file_for_other_images_or_classes_is_refused()
    {
        var file = Find(Fixture("conv-small.onnx"));
        Assert.Contains("found images of 1×8×8, expected 3×8×8 as in the data", Assert.Throws<TrainerException>(
            () => file.Build(new(3, 8, 8), 10)).Message, StringComparison.Ordinal);
        Assert.Contains("found 10 classes, expected 3 as in the data", Assert.Throws<TrainerException>(
            () => file.Build(Small, 3)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(folder.At("half.onnx"), File.ReadAllBytes(Fixture("conv-small.onnx"))[..40000]);
        var half = Assert.Throws<TrainerException>(() => Find(folder.At("half.onnx")).Build(Small, 10));
        Assert.Equal(ErrorKind.Checkpoint, half.Kind);
        Assert.Contains("half.onnx' is no ONNX file that ONNX Runtime can run", half.Message, StringComparison.Ordinal);
    }

    private static ForeignNetwork Find(string path) =>
        NetworkFile.Find(path, null) ?? throw new InvalidOperationException($"{path} is no network.");

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "networks", name);

    /// <summary>The network of the files, with the weights that their script fills in.</summary>
    private static Module Registered(bool residual) =>
        residual ? Filled(new ResNet18 { Width = 1 }, Large) : Filled(new ConvSmall(), Small);

    private static Module Filled(IArchitecture model, ImageShape images)
    {
        var network = model.Build(images, 10);
        ModelTests.Fill(network);
        network.eval();
        return network;
    }

    private static Tensor Images(ImageShape shape, long count) => RandomSource.ForBatch(RandomKey.Of(7))
        .Uniform(zeros(count, shape.Channels, shape.Height, shape.Width));

    /// <summary>A copy of an archive with one record changed, or left out, and an index that agrees.</summary>
    private static void Rewrite(string from, string to, string record, Func<byte[], byte[]?> change)
    {
        using var source = ZipFile.OpenRead(from);
        using var target = ZipFile.Open(to, ZipArchiveMode.Create);
        foreach (var entry in source.Entries)
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
                stream.CopyTo(content);
            var bytes = entry.FullName.EndsWith($"/{record}", StringComparison.Ordinal) ? change(content.ToArray())
                : content.ToArray();
            if (bytes is null)
                continue;
            using var written = target.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
            written.Write(bytes);
        }
    }
}
