using System.Text.Json;
using TorchSharp;
using Trainer.Engine.Networks;
using Trainer.Engine.Repair;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;
using Trainer.Tests.Bounds;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Training;

namespace Trainer.Tests.Poisoning;

/// <summary>Methods of repair on networks whose answer is known, and as Python transcribes their papers.</summary>
public sealed class RepairTests : IDisposable
{
    private static readonly JsonElement Expected = Fixture.Read("repair.json");
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void The_attention_of_a_map_is_its_energy_with_norm_1()
    {
        // Channels (0, 1, 2) and (2, 0, 1): the sums of squares 4, 1, 5.
        var map = tensor(new double[] { 0, 1, 2, 2, 0, 1 }).reshape(1, 2, 1, 3);
        TensorAssert.Close(tensor(new[] { 4.0, 1, 5 }).reshape(1, 1, 3) / Math.Sqrt(42),
            AttentionDistillation.Attention(map), 1e-6);
        var attention = Expected.GetProperty("attention");
        TensorAssert.Close(
            tensor(Fixture.Numbers(attention.GetProperty("maps"))).reshape(2, 3, 3),
            AttentionDistillation.Attention(Maps(attention.GetProperty("student"))[0]), 1e-12);
        // With fewer or more maps than three, each has the β of its place from the last.
        var (student, teacher) = (Maps(attention.GetProperty("student")), Maps(attention.GetProperty("teacher")));
        var distances = Fixture.Numbers(attention.GetProperty("distances"));
        for (var first = 0; first < 3; first++)
            Assert.Equal(distances[first..].Sum(), AttentionDistillation.Distance(
                student[first..], teacher[first..]).item<double>(), 1e-9);
        Assert.Equal(distances.Sum(), AttentionDistillation.Distance(
            [ones(2, 1, 4, 4), .. student], [zeros(2, 1, 4, 4), .. teacher]).item<double>(), 1e-9);
    }

    [Fact]
    public void Masks_step_as_an_independent_transcription_does()
    {
        var expected = Expected.GetProperty("masks");
        var (norm, linear) = (nn.BatchNorm2d(2), nn.Linear(2, 2, hasBias: false));
        using var network = nn.Sequential(norm, nn.Flatten(), linear);
        Set(norm.weight!, expected.GetProperty("gamma"));
        Set(norm.bias!, expected.GetProperty("beta"));
        Set(linear.weight, expected.GetProperty("linear"));
        using var parameters = new FlatParameters(network);
        using var masks = new NeuronMasks(network);
        var images = tensor(Fixture.Numbers(expected.GetProperty("images"))).reshape(5, 2, 1, 1).to(float32);
        var labels = tensor(expected.GetProperty("labels").EnumerateArray().Select(one => one.GetInt64()).ToArray());
        network.train();
        foreach (var step in expected.GetProperty("steps").EnumerateArray())
        {
            var start = tensor(Fixture.Numbers(step.GetProperty("start"))).reshape(2, 2).to(float32);
            masks.Step(() => nn.functional.cross_entropy(network.call(images), labels), start, 0.4, 0.2, 0.2);
            TensorAssert.Close(tensor(Fixture.Numbers(step.GetProperty("mask"))), masks.Values, 1e-4);
        }
        Assert.Equal(1, masks.Prune(0.5));
        Assert.Equal([0, -0.75f], norm.weight!.data<float>().ToArray());
        Assert.Equal([0.25f, 0.5f], norm.bias!.data<float>().ToArray());
        Assert.Equal(0, masks.Prune(-1));
        Assert.Equal([1.5f, -0.75f], norm.weight!.data<float>().ToArray());
    }

    [Theory]
    [InlineData(new[] { 1.0, 0.9, 0.8, 0.7, 0.6 }, 0.8, 2, 0.45)] // As large as the bound is enough.
    [InlineData(new[] { 1.0, 0.9, 0.3, 1.0, 1.0 }, 0.8, 1, 0.1)] // Nothing after the first fall counts.
    [InlineData(new[] { 1.0, 1.0, 1.0, 1.0, 1.0 }, 0.8, 3, 0.9)] // No threshold is above 0.9.
    [InlineData(new[] { 0.7, 0.7, 0.7, 0.7, 0.7 }, 0.8, 0, 0.0)]
    public void The_last_threshold_before_accuracy_falls_below_the_bound_is_taken(
        double[] accuracies, double least, int pruned, double threshold)
    {
        var norm = nn.BatchNorm2d(4);
        using var network = nn.Sequential(norm);
        using var parameters = new FlatParameters(network);
        using var masks = new NeuronMasks(network);
        masks.Values.copy_(tensor(new[] { 0.48f, 0.04f, 0.93f, 0.12f }));
        // The accuracy of as many pruned channels.
        var found = NeuronPruning.Prune(
            masks, () => accuracies[norm.weight!.eq(0).sum().item<long>()], least);
        Assert.Equal(pruned, found.Pruned);
        Assert.Equal(threshold, found.Threshold, 1e-12);
        var order = new[] { 1, 3, 0, 2 };
        Assert.Equal(
            Enumerable.Range(0, 4).Select(channel => Array.IndexOf(order, channel) < pruned ? 0f : 1),
            norm.weight!.data<float>().ToArray());
    }

    [Theory]
    [InlineData(4, new[] { 0.9, 0.8, 0.75, 0.7 }, 0.125, 1)]
    [InlineData(4, new[] { 0.875, 0.8, 0.75, 0.7 }, 0.125, 2)] // As large as the bound is enough.
    [InlineData(4, new[] { 0.875, 0.9, 0.5, 0.9 }, 0.125, 1)] // Nothing after the first fall counts.
    [InlineData(4, new[] { 0.875, 0.5, 0.5, 0.5 }, 0.125, 0)]
    [InlineData(4, new[] { 1.0, 1, 1, 1 }, 0, 3)] // Never all.
    [InlineData(150, new[] { 0.9, 0, 0.9, 0, 0.9, 0, 0.5 }, 0.1, 4)] // Two at a time, a hundredth rounded up.
    public void Channels_are_pruned_until_the_accuracy_falls_by_more_than_the_bound(
        int count, double[] accuracies, double maxDrop, int pruned)
    {
        var linear = nn.Linear(count, 2);
        using var network = nn.Sequential(nn.Conv2d(1, count, 1), nn.Flatten(), linear);
        using var parameters = new FlatParameters(network);
        var before = linear.weight.clone();
        long[] order = [.. Enumerable.Range(0, count).Select(place => (place + 2L) % count)];
        // The accuracy of as many pruned channels.
        var found = FinePruning.Prune(
            ReadChannels.Of(network), order, parameters,
            () => accuracies[linear.weight.eq(0).all(0L).sum().item<long>()], maxDrop);
        Assert.Equal(order[..pruned], found);
        var expected = before.clone().detach();
        foreach (var channel in found)
            expected[.., (int)channel].zero_();
        TensorAssert.Close(expected, linear.weight, 0);
    }

    [Fact]
    public void The_channels_that_clean_images_use_least_are_pruned_where_the_next_layer_reads_them()
    {
        // Channel c is the ReLU of weight c times the pixel: means 0.5 w, and 0 of a negative one.
        var (convolution, linear) = (nn.Conv2d(1, 3, 1, bias: false), nn.Linear(6, 2));
        using var network = nn.Sequential(convolution, nn.ReLU(), nn.Flatten(), linear);
        using (no_grad())
            convolution.weight.copy_(tensor(new float[] { 2, -1, 1 }).reshape(3, 1, 1, 1));
        var images = tensor(new float[] { 0.25f, 0.75f, 1, 0 }).reshape(2, 1, 1, 2);
        var channels = ReadChannels.Of(network);
        var means = channels.Means(() =>
        {
            network.call(images[..1]);
            network.call(images[1..]);
        });
        Assert.Equal([1, 0, 0.5], means);
        Assert.Equal([1, 2, 0], ReadChannels.LeastActive(means));
        var before = linear.weight.clone();
        channels.Prune(ReadChannels.LeastActive(means)[..2]);
        var pruned = linear.weight.ne(before).any(0L).data<bool>().ToArray();
        Assert.Equal([false, false, true, true, true, true], pruned);
        Assert.Equal(0, linear.weight.narrow(1, 2, 4).abs().sum().item<float>());
        using var flat = nn.Sequential(nn.Flatten(), nn.Linear(4, 2));
        var error = Assert.Throws<TrainerException>(() => ReadChannels.Of(flat));
        Assert.Equal(ErrorKind.Recipe, error.Kind);
    }

    [Theory]
    [InlineData("convnext", 16)]
    [InlineData("vit", 12)]
    [InlineData("xcit", 16)]
    public void In_networks_of_blocks_the_classifier_reads_the_pooled_features(string name, int width)
    {
        IArchitecture model = name switch
        {
            "vit" => new VisionTransformer { Dim = 12, Depth = 1, HeadDim = 4, StemWidth = 2 },
            "xcit" => new Xcit { Dim = 16, Depth = 1, Heads = 2 },
            _ => new ConvNeXt { Depths = [1, 1, 1, 1], Dims = [8, 8, 12, 16] },
        };
        using var network = model.Build(new(1, 28, 28), 10);
        using var classifier = new Classifier(network, 10, null);
        using var evaluation = classifier.InEvaluationMode();
        using var noGrad = no_grad();
        var channels = ReadChannels.Of(network);
        Assert.Equal(width, channels.Count);
        // The logits are affine in the means: what the mean of each channel adds to them is gone with it.
        var head = (TorchSharp.Modules.Linear)network.named_modules().Single(
            layer => layer.name == (name == "convnext" ? "head.fc" : "head")).module;
        head.weight.normal_();
        var images = rand(3, 1, 28, 28);
        Tensor logits = empty(0);
        var means = channels.Means(() => logits = classifier.Logits(images).mean([0]));
        TensorAssert.Close(
            logits, tensor(means).to(float32).unsqueeze(0).matmul(head.weight.t()).flatten().add(head.bias!), 1e-4);
        channels.Prune([.. Enumerable.Range(1, width - 1).Select(channel => (long)channel)]);
        TensorAssert.Close(
            head.weight.narrow(1, 0, 1).flatten().mul(means[0]).add(head.bias!),
            classifier.Logits(images).mean([0]), 1e-4);
    }

    [Fact]
    public void Feature_maps_are_the_last_of_each_size_and_change_no_logit()
    {
        var normalisation = new Normalisation { Mean = [0.5], Deviation = [0.5] };
        IArchitecture[] all =
        [
            new ConvSmallBn(), new PreActResNet18 { Width = 4, Normalisation = normalisation },
            new ConvNeXt { Depths = [1, 1, 1, 1], Dims = [8, 8, 12, 16] },
            new VisionTransformer { Dim = 12, Depth = 1, HeadDim = 4, StemWidth = 2 },
            new Xcit { Dim = 16, Depth = 1, Heads = 2 },
        ];
        long[][][] sizes =
        [
            [[16, 14], [32, 7]], [[4, 28], [8, 14], [16, 7], [32, 4]],
            [[4, 28], [8, 14], [8, 7], [12, 3], [16, 1]], [[4, 28], [8, 14], [12, 7]], [[4, 28], [8, 14], [16, 7]],
        ];
        foreach (var (model, expected) in all.Zip(sizes))
        {
            using var network = model.Build(new(1, 28, 28), 10);
            using var classifier = new Classifier(network, 10, model.Normalisation);
            using var evaluation = classifier.InEvaluationMode();
            var images = rand(2, 1, 28, 28);
            var (logits, maps) = FeatureMaps.Of(classifier, images);
            TensorAssert.Close(classifier.Logits(images), logits, 1e-4);
            Assert.Equal(
                expected.Select(size => new[] { 2, size[0], size[1], size[1] }), maps.Select(map => map.shape));
            Assert.All(maps, map => Assert.True(map.min().item<float>() >= 0));
        }
    }

    [Fact]
    public void A_sequence_that_computes_more_than_its_layers_is_one_layer()
    {
        using var network = new BoundNetwork([new DoubledSequence(nn.Conv2d(1, 2, 3)), nn.Flatten(), nn.Linear(72, 3)]);
        using var classifier = new Classifier(network, 3);
        var images = rand(2, 1, 8, 8);
        var (logits, maps) = FeatureMaps.Of(classifier, images);
        TensorAssert.Close(classifier.Logits(images), logits, 1e-5);
        Assert.Equal([2L, 2, 6, 6], Assert.Single(maps).shape);
    }

    [Fact]
    public void A_defender_has_a_share_of_all_images_from_those_held_out()
    {
        // 96 training and 24 held-out images.
        var recipe = TinyRun.Recipe().Value;
        using var data = recipe.Data.Load([]);
        using var clean = CleanImages.Of(recipe, data, 0.125);
        Assert.Equal((15, 12, 3), (clean.Count, clean.Trained.Count, clean.Held.Count));
        // What decides is not trained on.
        var (trained, held) = (clean.Trained.Images.flatten(1), clean.Held.Images.flatten(1));
        Assert.False(held.unsqueeze(1).eq(trained.unsqueeze(0)).all(2).any().item<bool>());
        foreach (var (share, message) in new[] { (0.03, "or 4 of 120 images"), (0.5, "from 5 to the 24 that the run") })
        {
            var error = Assert.Throws<TrainerException>(() => CleanImages.Of(recipe, data, share));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    private static void Set(Tensor parameter, JsonElement values)
    {
        using var noGrad = no_grad();
        parameter.copy_(tensor(Fixture.Numbers(values)).reshape(parameter.shape));
    }

    private static List<Tensor> Maps(JsonElement maps) =>
    [
        tensor(Fixture.Numbers(maps[0])).reshape(2, 2, 3, 3), tensor(Fixture.Numbers(maps[1])).reshape(2, 3, 2, 2),
        tensor(Fixture.Numbers(maps[2])).reshape(2, 4, 1, 2),
    ];
}
