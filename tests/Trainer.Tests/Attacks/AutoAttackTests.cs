using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class AutoAttackTests
{
    private static readonly RandomKey Key = RandomKey.Of(61);

    // An untrained network hardly looks at its input but for this.
    private static readonly Normalisation Sensitive = new() { Mean = [0.5], Deviation = [0.05] };

    [Fact]
    public void Each_part_attacks_the_examples_that_remain_after_those_before_it()
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key);
        using var network = new ConvSmall().Build(new(1, 12, 12), 10);
        using var classifier = new Classifier(network, 10, Sensitive);
        var images = RandomSource.ForBatch(Key).Uniform(zeros(40, 1, 12, 12));
        var labels = classifier.Predict(images);
        labels[0] = (labels[0] + 1) % 10;
        var random = RandomSource.ForExamples(Key, [.. Enumerable.Range(0, 40).Select(row => (long)row)]);
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.05 };
        var loss = new MarginLoss(labels);
        IAttack[] parts = [new ApgdCe { Steps = 1 }, new ApgdTargeted { Steps = 10, Targets = 3 },
            new FabTargeted { Steps = 10, Targets = 3 }, new Square { Queries = 100 }];
        var found = new AutoAttack { Parts = parts }.Run(classifier, images, loss, threat, random);

        Assert.Equal(AttackSuccess.Clean, found.Success![0]);
        Assert.Contains(found.Success!, what => what?.Attack == "apgd-ce");
        Assert.Contains(found.Success!, what => what?.Attack == "apgd-t");
        Assert.Contains(null, found.Success!);
        var robust = classifier.Predict(found.Images).eq(labels).data<bool>().ToArray();
        Assert.Equal(found.Success!.Select(what => what is null), robust);
        Assert.InRange(threat.Violation(images, found.Images, threat.Epsilon).item<float>(), float.NegativeInfinity, 0);

        // A sequence of the same attacks is the same.
        var sequence = new AttackSequence { Attacks = parts };
        Assert.Equal("apgd-ce + apgd-t + fab-t + square", sequence.Name);
        var same = sequence.Run(classifier, images, loss, threat, random);
        Assert.Equal(found.Success, same.Success);
        TensorAssert.Same(found.Images, same.Images);
        Assert.Throws<ArgumentException>(() => new AttackSequence { Attacks = [] });

        // Alone, the first part breaks what it broke in the sequence.
        var alone = parts[0].Run(classifier, images, loss, threat, random.With(0));
        Assert.Equal(
            alone.Success!.Where(what => what is not null),
            found.Success!.Where(what => what?.Attack is "apgd-ce" or "clean"));
    }

    [Fact]
    public void A_sequence_judges_the_images_of_a_part_that_does_not()
    {
        using var scope = NewDisposeScope();
        // Class 1 above 0.5.
        using var network = new TinyNetwork(new float[,] { { 0 }, { 1 } }, [0.5f, 0]);
        var sequence = new AttackSequence { Attacks = [new Pgd { Steps = 0, RandomStart = false }, new Silent()] };
        var found = sequence.Run(
            network.Classifier, tensor([0.45f, 0.3f]).reshape(2, 1, 1, 1), new MarginLoss(tensor([0L, 0])),
            new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForBatch(Key));
        Assert.Equal([new("silent", 1, 0), null], found.Success!);
        TensorAssert.Close(tensor([0.55f, 0.4f]), found.Images.flatten(), 1e-6);
    }

    [Fact]
    public void In_L1_it_has_five_restarts_and_five_targets()
    {
        Assert.Equal(
            [new ApgdCe { Restarts = 5 }, new ApgdTargeted { Targets = 5 }, new FabTargeted(), new Square()],
            AutoAttack.PartsFor(Norm.L1));
        Assert.Equal([new ApgdCe(), new ApgdTargeted(), new FabTargeted(), new Square()], AutoAttack.PartsFor(Norm.L2));
    }

    [Fact]
    public void Two_and_three_classes_are_attacked_with_a_caution()
    {
        using var scope = NewDisposeScope();
        foreach (var classes in (int[])[2, 3])
        {
            GlobalGenerators.Seed(Key);
            using var network = new ConvSmall().Build(new(1, 12, 12), classes);
            using var classifier = new Classifier(network, classes, Sensitive);
            var images = RandomSource.ForBatch(Key).Uniform(zeros(12, 1, 12, 12));
            var loss = new MarginLoss(classifier.Predict(images));
            IAttack attack = new AutoAttack
            {
                Parts = [new ApgdDlr { Steps = 5 }, new ApgdTargeted { Steps = 5 },
                new FabTargeted { Steps = 5 }, new Square { Queries = 20 }]
            };
            var found = attack.Run(
                classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = 0.5 }, RandomSource.ForBatch(Key));
            Assert.All(found.Success!, what => Assert.NotNull(what));
            Assert.Equal(
                $"The targeted difference of logits ratio needs 4 classes; with {classes}, "
                + "apgd-t maximises its numerator, the targeted margin.", attack.Caution(classes));
        }
    }

    [Fact]
    public void AutoAttack_for_networks_with_noise_averages_twenty_gradients_on_two_losses()
    {
        Assert.Equal(
            [new ApgdCe { EotIterations = 20 }, new ApgdDlr { EotIterations = 20 }],
            ((IAttack)new AutoAttackRand()).PartsUnder(new() { Norm = Norm.L2, Epsilon = 1 }));
        using var scope = NewDisposeScope();
        // No step of 0 breaks anything: a gradient at the start and after each step.
        using var network = new TinyNetwork(new float[,] { { 1, 2 }, { 3, -1 }, { 0, 0 } });
        foreach (var draws in (int[])[1, 3])
        {
            foreach (var attack in (IAttack[])[new Apgd { Steps = 5, EotIterations = draws },
                new ApgdCe { Steps = 5, EotIterations = draws }, new ApgdDlr { Steps = 5, EotIterations = draws },
                new ApgdTargeted
            {
                Steps = 5,
                Targets = 1,
                EotIterations = draws,
            }])
            {
                using var classifier = network.Classifier;
                attack.Run(classifier, tensor([0.2f, 0.9f]).reshape(1, 1, 1, 2), new MarginLoss(tensor([0L])),
                    new() { Norm = Norm.Linf, Epsilon = 0 }, RandomSource.ForExamples(Key, [0]));
                Assert.Equal((attack.Name, 6L * draws), (attack.Name, classifier.Passes.Backward));
            }
        }
    }

    /// <summary>Adds ε, and does not look.</summary>
    private sealed record Silent : IAttack
    {
        public string Name => "silent";

        public AttackLossKind? Loss => null;

        public AttackResult Run(AttackBatch batch) => new(batch.Images + batch.Threat.Epsilon);
    }
}
