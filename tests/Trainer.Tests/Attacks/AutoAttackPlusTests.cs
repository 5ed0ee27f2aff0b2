using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class AutoAttackPlusTests
{
    private static readonly RandomKey Key = RandomKey.Of(67);

    [Theory]
    [InlineData(Norm.Linf, 1, 9)]
    [InlineData(Norm.L2, 1, 9)]
    [InlineData(Norm.L1, 5, 5)]
    public void It_is_autoattack_and_three_attacks_of_a_hundred_steps(Norm norm, int restarts, int targets)
    {
        IAttack[] expected =
        [
            new ApgdCe { Steps = 100, Restarts = restarts, EotIterations = 1 },
            new ApgdTargeted { Steps = 100, Targets = targets, Restarts = 1, EotIterations = 1 },
            new FabTargeted { Steps = 100, Targets = 9 },
            new Square { Queries = 5000 },
            new MultiTargeted { Steps = 100, Targets = null, Restarts = 1, StepSize = null },
            new Malt { Steps = 100, Targets = 9, Candidates = 100, EotIterations = 1 },
            new Pma { Steps = 100, Restarts = 1 },
        ];
        Assert.Equal(expected, ((IAttack)new AutoAttackPlus()).PartsUnder(new() { Norm = norm, Epsilon = 1 }));
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L1)]
    public void Its_first_parts_draw_the_same_random_numbers_as_those_of_autoattack(Norm norm)
    {
        var threat = new ThreatModel { Norm = norm, Epsilon = 1 };
        Assert.Equal(
            AttackPhase.Of(new AutoAttack(), threat, Key), AttackPhase.Of(new AutoAttackPlus(), threat, Key).Take(4));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(10)]
    public void Too_few_classes_for_the_targeted_ratio_have_a_caution(int classes) => Assert.Equal(
        classes >= 4 ? null : "The targeted difference of logits ratio needs 4 classes; with "
            + $"{classes}, apgd-t and malt maximise its numerator, the targeted margin.",
        new AutoAttackPlus().Caution(classes));

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 4)]
    [InlineData(10, 9)]
    [InlineData(12, 9, 11)]
    public void An_evaluation_states_how_many_targets_each_attack_has(int classes, int targets, int? all = null)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key);
        using var network = new ConvSmall().Build(new(1, 8, 8), classes);
        using var classifier = new Classifier(network, classes);
        var images = (255 * RandomSource.ForBatch(Key).Uniform(zeros(2, 1, 8, 8))).to(ScalarType.Byte);
        using var data = new ImageData(
            images, classifier.Predict(images.to(ScalarType.Float32) / 255),
            [.. Enumerable.Range(0, classes).Select(name => $"{name}")]);
        using var alone = new BatchWorkers(CPU, threads: 1);
        // So small a ball that nothing is found in it: every target has all of its steps.
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 1e-9 };
        var attack = new AutoAttackPlus
        {
            Parts =
            [
                new ApgdCe { Steps = 2 }, new ApgdTargeted { Steps = 2 }, new FabTargeted { Steps = 2 },
                new Square { Queries = 2 }, new MultiTargeted { Steps = 2 }, new Malt { Steps = 2 },
                new Pma { Steps = 2 },
            ],
        };
        var stages = new RobustnessEvaluator(classifier, threat, Key, 2, alone).Run(data, [0, 1], [attack])!.Stages;
        Assert.Equal(
            [("clean", null), ("apgd-ce", null), ("apgd-t", targets), ("fab-t", targets), ("square", null),
                ("multi-targeted-2", all ?? targets), ("malt", targets), ("pma-2", null)],
            stages.Select(stage => (stage.Attack, stage.Targets)));
        // APGD has a gradient at the start and after each of two steps.
        Assert.Equal(2 * 3 * targets, stages[2].Backward);
        Assert.Equal(2 * 2 * (all ?? targets), stages[5].Backward);
    }
}
