using TorchSharp;
using Trainer.Engine;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>What every attack of the registry says to arguments that do not fit.</summary>
public sealed class CheckedAttackTests
{
    private static readonly RandomKey Key = RandomKey.Of(5);
    private static readonly ComponentRegistry Registry = BuiltInComponents.Registry();

    private static readonly Dictionary<string, (Func<AttackCall, AttackCall> Change, string Argument, string Message)>
        Wrong = new()
        {
            ["bytes as floats"] = (Images([0, 255]), "images",
                "Found images with values from 0 to 255, expected [0, 1]. "
            + "Divide bytes by 255;"),
            ["images in [-1, 1]"] = (
                Images([-1, 1]), "images", "Found images with values from -1 to 1, expected [0, 1]."),
            ["an infinite value"] = (Images([0, float.PositiveInfinity]), "images",
            "Found images with values from 0 to Infinity, expected [0, 1]."),
            ["NaN"] = (Images([0, float.NaN]), "images", "Found NaN among the images, expected values in [0, 1]."),
            ["one image without a batch"] = (
            call => call with { Images = call.Images.select(0, 0) }, "images",
                "Found images of shape [1, 2, 2], expected [N, C, H, W]."),
            ["flat images"] = (call => call with { Images = call.Images.flatten(1) }, "images",
        "Found images of shape [2, 4], expected [N, C, H, W]."),
            ["bytes"] = (
            Type(ScalarType.Byte), "images",
            "Found images of Byte, expected Float32 for this network. Convert them: to(ScalarType.Float32), "
            + "and divide bytes by 255."),
            ["half precision"] = (Type(ScalarType.Float16), "images",
        "Found images of Float16, expected Float32 for this network."),
            ["double precision"] = (Type(ScalarType.Float64), "images",
            "Found images of Float64, expected Float32 for this network."),
            ["another device"] = (
            call => call with { Images = call.Images.to(new Device(DeviceType.META)) }, "images",
            "Found images on meta and the network on cpu, expected one device."),
            ["a normalisation of other channels"] = (
            call => call with
            {
                Classifier = new(
                call.Classifier.Network, AttackCall.Classes, new() { Mean = [0, 0, 0], Deviation = [1, 1, 1] })
            },
                "images",
            "Found images of 1 channels and a normalisation of 3, expected as many."),
            ["labels of another type"] = (
            Labels(() => tensor([0, 1])), "labels",
                "Found labels of Int32, expected Int64. Convert them: to(ScalarType.Int64)."),
            ["labels as a column"] = (Labels(() => tensor([0L, 1]).unsqueeze(1)), "labels",
        "Found labels of shape [2, 1], expected [2], one for each image."),
            ["too many labels"] = (Labels(() => tensor([0L, 1, 2])), "labels",
            "Found labels of shape [3], expected [2], one for each image."),
            ["a label above the classes"] = (Labels(() => tensor([0L, 4])), "labels",
            "Found labels from 0 to 4, expected 0 to 3 for 4 classes."),
            ["a label below 0"] = (Labels(() => tensor([-1L, 1])), "labels",
            "Found labels from -1 to 1, expected 0 to 3 for 4 classes."),
            ["targets of another type"] = (
            Loss(labels => new TargetedMarginLoss(labels, tensor([1, 2]))), "targets",
                "Found targets of Int32, expected Int64."),
            ["too few targets"] = (
            Loss(labels => new TargetedDlrLoss(labels, tensor([1L]))), "targets",
                "Found targets of shape [1], expected [2], one for each image."),
            ["a target above the classes"] = (
            Loss(labels => new TargetedMarginLoss(labels, tensor([1L, 9]))), "targets",
                "Found targets from 1 to 9, expected 0 to 3 for 4 classes."),
            ["the true class as target"] = (
            Loss(labels => new TargetedMarginLoss(labels, tensor([1L, 1]))), "targets",
            "Found the true class as the target of 1 images, expected another class."),
            ["a target within an averaged loss"] = (
            Loss(labels => new EotLoss(new TargetedMarginLoss(labels, tensor([1L, 9])), 2)), "targets",
                "Found targets from 1 to 9,"),
            ["shares of other classes"] = (
            Loss(labels => new CrossEntropyLoss(labels, full([2, 3], 1 / 3f))), "shares",
            "Found shares of Float32 [2, 3], expected floating point [2, 4]."),
            ["shares that add up to 2"] = (
            Loss(labels => new CrossEntropyLoss(labels, full([2, 4], 0.5f))), "shares",
            "Found shares that are no probabilities, expected rows of at least 0 that add up to 1."),
            ["probabilities in the place of their logarithms"] = (
            Loss(labels => new KlLoss(labels, full([2, 4], 0.25f))), "exponentials of logProbabilities",
            "Found exponentials of logProbabilities that are no probabilities,"),
            ["random numbers for other examples"] = (
            call => call with { Random = RandomSource.ForExamples(Key, [0, 1, 2]) }, "random",
            "Found a random source for 3 examples, expected one for 2."),
            ["an unknown norm"] = (
            call => call with { Threat = call.Threat with { Norm = (Norm)9 } }, "threat",
                "Found the norm 9 and epsilon 0.1, expected linf, l2 or l1"),
        };

    public static TheoryData<string> WrongArguments => [.. Wrong.Keys];

    public static TheoryData<string> Attacks => [.. Registry.Names(typeof(IAttack))];

    [Theory]
    [MemberData(nameof(WrongArguments))]
    public void Every_attack_names_a_wrong_argument_before_it_computes_anything(string what)
    {
        using var scope = NewDisposeScope();
        using var network = AttackCall.Network();
        var (change, argument, message) = Wrong[what];
        var call = change(AttackCall.Sound(network));
        foreach (var attack in EveryAttackTests.Descriptions.Values)
        {
            foreach (var run in (Action<IAttack>[])[call.Perturb, call.Run])
            {
                var exception = Assert.ThrowsAny<ArgumentException>(() => run(attack));
                Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
                Assert.Equal((attack.Name, argument), (attack.Name, exception.ParamName));
            }
        }
        Assert.Equal(new(0, 0), call.Classifier.Passes);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Every_attack_names_a_number_of_classes_that_is_not_the_networks(int classes)
    {
        using var scope = NewDisposeScope();
        using var network = AttackCall.Network();
        var call = AttackCall.Sound(network) with { Classifier = new(network, classes) };
        foreach (var attack in EveryAttackTests.OnTheNetwork)
        {
            var exception = Assert.Throws<ArgumentException>(() => call.Run(attack));
            Assert.Equal(
                (attack.Name, $"Found logits of shape [2, 4], expected [2, {classes}]: one for each class."),
                (attack.Name, exception.Message));
        }
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_empty_batch_comes_back_empty(string name)
    {
        using var scope = NewDisposeScope();
        using var network = AttackCall.Network();
        var (classifier, images) = (network.Classifier, zeros(0, 1, 2, 2));
        foreach (var random in (RandomSource[])[RandomSource.ForBatch(Key), RandomSource.ForExamples(Key, [])])
        {
            var loss = new MarginLoss(zeros(0, ScalarType.Int64));
            var attack = EveryAttackTests.Descriptions[name];
            var adversarial = attack.Perturb(
                classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = 0.1 }, random);
            Assert.Equal([0, 1, 2, 2], adversarial.shape);
            Assert.Equal(ScalarType.Float32, adversarial.dtype);
            var found = attack.Run(classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = 0.1 }, random);
            Assert.Equal([0, 1, 2, 2], found.Images.shape);
            Assert.Empty(found.Success ?? []);
        }
        Assert.Equal(new(0, 0), classifier.Passes);
    }

    [Theory]
    [MemberData(nameof(EveryAttackTests.Cases), MemberType = typeof(EveryAttackTests))]
    public void Double_precision_is_kept_and_finds_what_single_precision_does(string name, Norm norm)
    {
        using var scope = NewDisposeScope();
        using var single = AttackCall.Network();
        var call = AttackCall.Sound(single) with { Threat = new() { Norm = norm, Epsilon = 0.2 } };
        var expected = EveryAttackTests.Descriptions[name]
            .Run(call.Classifier, call.Images, call.Loss, call.Threat, call.Random);
        using var network = AttackCall.Network();
        network.to(ScalarType.Float64);
        var images = call.Images.to(ScalarType.Float64);
        var attack = EveryAttackTests.Descriptions[name];
        var found = attack.Run(network.Classifier, images, call.Loss, call.Threat, AttackCall.Sound(network).Random);
        Assert.Equal(ScalarType.Float64, found.Images.dtype);
        Assert.Equal(ScalarType.Float64, attack.Perturb(
            network.Classifier, images, call.Loss, call.Threat, AttackCall.Sound(network).Random).dtype);
        Assert.Equal(expected.Success ?? [], found.Success ?? []);
        Assert.True(call.Threat.Distance(images, found.Images).max().item<double>() > 0);
        TensorAssert.Close(expected.Images, found.Images.to(ScalarType.Float32), 1e-3);
    }

    [Fact]
    public void A_training_batch_is_attacked_without_a_check_that_waits_for_the_device()
    {
        using var scope = NewDisposeScope();
        using var network = AttackCall.Network();
        var call = Images([0, 255])(AttackCall.Sound(network));
        var classifier = network.Classifier;
        var batch = new TrainingBatch(
            new(classifier), classifier, call.Images, new(call.Loss.Labels), call.Threat, call.Random,
            new Dictionary<string, Tensor>());
        Assert.Equal([2, 1, 2, 2], batch.Attack(new Fgsm()).shape);
    }

    private static Func<AttackCall, AttackCall> Images(float[] values) =>
        call => call with
        {
            Images = tensor([.. values.Concat(Enumerable.Repeat(0.5f, 8)).Take(8)]).reshape(2, 1, 2, 2),
        };

    private static Func<AttackCall, AttackCall> Type(ScalarType type) =>
        call => call with { Images = call.Images.to(type) };

    private static Func<AttackCall, AttackCall> Labels(Func<Tensor> labels) =>
        call => call with { Loss = new MarginLoss(labels()) };

    private static Func<AttackCall, AttackCall> Loss(Func<Tensor, AttackLoss> loss) =>
        call => call with { Loss = loss(tensor([0L, 1])) };
}
