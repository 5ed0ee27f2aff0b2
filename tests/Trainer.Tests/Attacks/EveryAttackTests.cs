using Trainer.Engine;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>What every attack of the registry promises.</summary>
public sealed class EveryAttackTests
{
    private static readonly RandomKey Key = RandomKey.Of(5);
    private static readonly ComponentRegistry Registry = BuiltInComponents.Registry();

    /// <summary>One description of each attack. An attack without one fails the walk below.</summary>
    internal static readonly Dictionary<string, IAttack> Descriptions = new()
    {
        ["apgd"] = new Apgd { Steps = 6, Restarts = 2, EotIterations = 2 },
        ["apgd-ce"] = new ApgdCe { Steps = 6 },
        ["apgd-dlr"] = new ApgdDlr { Steps = 6 },
        ["apgd-train"] = new ApgdTrain { Steps = 6 },
        ["apgd-t"] = new ApgdTargeted { Steps = 6, Targets = 2 },
        ["autoattack"] = new AutoAttack
        {
            Parts = [new ApgdCe { Steps = 3 },
            new ApgdTargeted { Steps = 3, Targets = 2 }, new FabTargeted { Steps = 3, Targets = 2 },
            new Square { Queries = 20 }]
        },
        ["autoattack-rand"] = new AutoAttackRand
        {
            Parts = [new ApgdCe { Steps = 3, EotIterations = 2 },
            new ApgdDlr { Steps = 3, EotIterations = 2 }]
        },
        ["autoattack+"] = new AutoAttackPlus
        {
            Parts = [new ApgdCe { Steps = 3 }, new MultiTargeted { Steps = 3 }, new Malt { Steps = 3, Targets = 2 },
            new Pma { Steps = 4 }]
        },
        ["bim"] = new Bim { Steps = 3 },
        ["cw"] = new CarliniWagner { Steps = 10, BinarySearchSteps = 2, LearningRate = 0.1, InitialConst = 10 },
        ["deepfool"] = new DeepFool { Steps = 5 },
        ["eot"] = new Eot { Attack = new Pgd { Steps = 3 }, EotIterations = 2 },
        ["fab-t"] = new FabTargeted { Steps = 6, Targets = 2 },
        ["fgsm"] = new Fgsm(),
        ["hopskipjump"] = new HopSkipJump { Steps = 2, InitialNumEvals = 20, Tries = 100 },
        ["n-fgsm"] = new NFgsm(),
        ["malt"] = new Malt { Steps = 6, Targets = 2 },
        ["mim"] = new Mim { Steps = 3 },
        ["multi-targeted"] = new MultiTargeted { Steps = 4, Targets = 2 },
        ["pgd"] = new Pgd { Steps = 4, Restarts = 2 },
        ["pgd-adam"] = new PgdAdam { Steps = 4 },
        ["pma"] = new Pma { Steps = 4 },
        ["sequence"] = new AttackSequence { Attacks = [new ApgdCe { Steps = 3 }, new Square { Queries = 20 }] },
        ["square"] = new Square { Queries = 20 },
        ["transfer"] = new SurrogateTransfer(),
    };

    /// <summary>The attacks that use the attacked network; transfer uses another one.</summary>
    internal static IEnumerable<IAttack> OnTheNetwork =>
        Descriptions.Where(item => item.Key != "transfer").Select(item => item.Value);

    public static TheoryData<string, Norm> Cases
    {
        get
        {
            var cases = new TheoryData<string, Norm>();
            foreach (var name in Registry.Names(typeof(IAttack)))
                foreach (var norm in Enum.GetValues<Norm>())
                    cases.Add(name, norm);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_leaves_the_classifier_and_the_global_generator_as_it_found_them(string name, Norm norm)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key);
        using var network = new SmallCnn().Build(new(1, 16, 16), 10);
        using var classifier = new Classifier(network, 10);
        // One module in another mode than the rest, one parameter without and one with a gradient.
        var modules = network.modules().ToList();
        modules[^1].eval();
        var parameters = network.parameters().ToList();
        parameters[0].requires_grad = false;
        parameters[1].grad = ones_like(parameters[1]);
        var modes = modules.ConvertAll(module => module.training);
        var before = parameters.ConvertAll(parameter => parameter.detach().clone());
        GlobalGenerators.Seed(Key);
        var expected = rand(4);
        GlobalGenerators.Seed(Key);

        var images = RandomSource.ForBatch(Key).Uniform(zeros(3, 1, 16, 16));
        using (classifier.InEvaluationMode())
            Descriptions[name].Perturb(
                classifier, images, new CrossEntropyLoss(tensor([0L, 1L, 2L])), new() { Norm = norm, Epsilon = 0.1 },
                RandomSource.ForExamples(Key, [0, 1, 2]));

        TensorAssert.Same(expected, rand(4));
        Assert.Equal(modes, modules.ConvertAll(module => module.training));
        Assert.False(parameters[0].requires_grad);
        Assert.All(parameters.Skip(1), parameter => Assert.True(parameter.requires_grad));
        TensorAssert.Same(parameters[1].grad!, ones_like(parameters[1]));
        Assert.All(parameters.Where((_, index) => index != 1), parameter => Assert.Null(parameter.grad));
        Assert.All(parameters.Zip(before), pair => TensorAssert.Same(pair.First, pair.Second));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_keeps_its_bound_and_the_box_on_random_networks(string name, Norm norm) =>
        KeepsItsBoundAndTheBox(name, norm, 0, 4);

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("duration", "long")]
    public void It_keeps_its_bound_and_the_box_on_more_random_networks(string name, Norm norm) =>
        KeepsItsBoundAndTheBox(name, norm, 1, 2, 3);

    private static void KeepsItsBoundAndTheBox(string name, Norm norm, params ReadOnlySpan<int> trials)
    {
        foreach (var trial in trials)
        {
            using var scope = NewDisposeScope();
            var key = Key.With(trial);
            GlobalGenerators.Seed(key);
            using var network = new ConvSmall().Build(new(2, 9, 13), 4);
            // So steep that noise is of more than one class, which an attack that sees classes alone has to start from.
            using var classifier = new Classifier(network, 4, new() { Mean = [0.3, 0.6], Deviation = [0.02, 0.05] });
            var threat = new ThreatModel { Norm = norm, Epsilon = 0.02 * (trial + 1) };
            var images = RandomSource.ForBatch(key).Uniform(zeros(8, 2, 9, 13));
            var attack = Descriptions[name];
            var labels = classifier.Predict(images);
            var adversarial = attack.Perturb(
                classifier, images, new MarginLoss(labels), threat, RandomSource.ForBatch(key));
            Assert.InRange(
                threat.Violation(images, adversarial, attack.Bound(threat)).item<float>(), float.NegativeInfinity, 0);
            Assert.False(adversarial.requires_grad);
            Assert.True(threat.Distance(images, adversarial).max().item<float>() > 0);

            // What it says that it broke is misclassified, within ε and in the box; a margin within rounding of zero
            // may be on either side.
            var found = attack.Run(classifier, images, new MarginLoss(labels), threat, RandomSource.ForBatch(key));
            Assert.InRange(
                threat.Violation(images, found.Images, attack.Bound(threat)).item<float>(), float.NegativeInfinity, 0);
            var inside = threat.Contains(images, found.Images);
            var fooled = Margins(classifier, found.Images, labels).ge(-1e-4);
            Assert.All(found.Success?.Index() ?? [], item =>
                Assert.True(item.Item is null || (inside[item.Index].item<bool>() && fooled[item.Index].item<bool>())));
        }
    }

    private static Tensor Margins(Classifier classifier, Tensor images, Tensor labels)
    {
        using var noGrad = no_grad();
        return new MarginLoss(labels).PerExample(classifier.Logits(images));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_examples_result_does_not_depend_on_the_others_of_its_batch(string name, Norm norm)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key);
        using var network = new ConvSmall().Build(new(1, 12, 12), 10);
        using var classifier = new Classifier(network, 10);
        var images = RandomSource.ForBatch(Key).Uniform(zeros(24, 1, 12, 12));
        var labels = classifier.Predict(images);
        var random = RandomSource.ForExamples(Key, [.. Enumerable.Range(100, 24).Select(index => (long)index)]);
        // The attack succeeds on some examples and fails on others.
        var epsilon = norm switch { Norm.Linf => 0.03, Norm.L2 => 0.5, _ => 1.6 };
        var threat = new ThreatModel { Norm = norm, Epsilon = epsilon };
        AttackResult Found(long start, long count) => Descriptions[name].Run(
            classifier, images.narrow(0, start, count), new MarginLoss(labels.narrow(0, start, count)), threat,
            random.Part(start, count, 24));
        Tensor Perturbed(long start, long count) => Descriptions[name].Perturb(
            classifier, images.narrow(0, start, count), new MarginLoss(labels.narrow(0, start, count)), threat,
            random.Part(start, count, 24));

        var (whole, first, second) = (Found(0, 24), Found(0, 7), Found(7, 17));
        var (parts, broken) = ((first.Success ?? []).Concat(second.Success ?? []),
            whole.Success?.Select(found => found is not null).ToList() ?? []);
        Assert.Equal(broken, parts.Select(found => found is not null));
        Assert.Equal(whole.Success is null ? [] : [false, true], broken.Distinct().Order());
        if (Descriptions[name] is DeepFool or CarliniWagner or HopSkipJump or FabTargeted)
        {
            // They end at a boundary, on one side of it or the other by rounding.
            var (one, divided) = (threat.Distance(images, Perturbed(0, 24)),
                threat.Distance(images, cat([Perturbed(0, 7), Perturbed(7, 17)], 0)));
            Assert.True(((one - divided).abs() <= 1e-3 + 1e-2 * one).all().item<bool>());
            return;
        }
        Assert.Equal(whole.Success ?? [], [.. parts]);
        TensorAssert.Close(whole.Images, cat([first.Images, second.Images], 0), 1e-4);
        TensorAssert.Close(Perturbed(0, 24), cat([Perturbed(0, 7), Perturbed(7, 17)], 0), 1e-4);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Averaged_gradients_reach_it_whatever_loss_it_has_of_its_own(string name, Norm norm)
    {
        using var scope = NewDisposeScope();
        GlobalGenerators.Seed(Key);
        using var network = new ConvSmall().Build(new(1, 8, 8), 4);
        using var classifier = new Classifier(network, 4);
        var images = RandomSource.ForBatch(Key).Uniform(zeros(4, 1, 8, 8));
        var labels = classifier.Predict(images);
        var (alone, once) = Run(Descriptions[name]);
        var (averaged, thrice) = Run(new Eot { Attack = Descriptions[name], EotIterations = 3 });
        // The mean of three equal gradients, by three times the backward passes.
        Assert.Equal(3 * once, thrice);
        TensorAssert.Close(alone, averaged, 1e-5);

        (Tensor Images, long Backward) Run(IAttack attack)
        {
            var before = classifier.Passes.Backward;
            var found = attack.Run(
                classifier, images, (attack.Loss ?? AttackLossKind.Margin).For(labels, 4),
                new() { Norm = norm, Epsilon = 0.02 }, RandomSource.ForExamples(Key, [0, 1, 2, 3]));
            return (found.Images, classifier.Passes.Backward - before);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_holds_no_tensor_after_its_result_is_gone(string name, Norm norm)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1, 2 }, { 3, -1 } });
        using var classifier = network.Classifier;
        var images = full([4, 1, 1, 2], 0.5f);
        var labels = tensor([0L, 1L, 0L, 1L]);
        long Live()
        {
            using (var result = Descriptions[name]
                .Perturb(classifier, images, new CrossEntropyLoss(labels), new() { Norm = norm, Epsilon = 0.1 },
                RandomSource.ForExamples(Key, [0, 1, 2, 3])))
            {
            }
            return TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        }

        Live();
        Assert.Equal(Live(), Live());
    }
}
