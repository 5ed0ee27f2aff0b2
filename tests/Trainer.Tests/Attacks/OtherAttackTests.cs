using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>BIM, MIM, transfer and the substitute backward.</summary>
public sealed class OtherAttackTests
{
    private static readonly RandomKey Key = RandomKey.Of(71);
    private static readonly float[,] Weight = { { 0f, 0f, 0f, 0f }, { 1f, -1f, 0f, 0f }, { 3f, 1f, -2f, 4f } };

    // Class 0 leads at 0.5 by 0.4 over class 1 and by 0.9 over class 2, but class 2's boundary is the nearer one.
    private static readonly float[] Bias = [0f, -0.4f, -3.9f];

    public static TheoryData<IAttack> Iterative =>
        [new Bim { Steps = 5 }, new Mim { Steps = 5 }, new Mim { Steps = 5, Decay = 0.5 }];

    [Theory]
    [MemberData(nameof(Iterative))]
    public void Perturb_reaches_the_exact_worst_case_of_a_linear_model(IAttack attack)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1, -2, 0, 0 }, { -1, 1, 0, 3 } });
        var images = full([1, 1, 2, 2], 0.5f);
        var loss = new MarginLoss(tensor([0L]));
        var linf = attack.Perturb(
            network.Classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForBatch(Key));
        TensorAssert.Close(tensor([-0.1f, 0.1f, 0f, 0.1f]), linf.flatten() - 0.5, 1e-6);
        var l2 = attack.Perturb(
            network.Classifier, images, loss, new() { Norm = Norm.L2, Epsilon = 0.2 }, RandomSource.ForBatch(Key));
        var direction = tensor([-2f, 3f, 0f, 3f]);
        TensorAssert.Close(0.2 * direction / direction.norm(), l2.flatten() - 0.5, 1e-6);
        // Of two values that weigh alike, all that counts is what they have together.
        var l1 = attack.Perturb(
            network.Classifier, images, loss, new() { Norm = Norm.L1, Epsilon = 0.3 }, RandomSource.ForBatch(Key))
            .flatten() - 0.5;
        Assert.Equal(0.3f, (l1[1] + l1[3]).item<float>(), 1e-6f);
    }

    [Fact]
    public void Mim_follows_the_sum_of_gradients_where_they_turn()
    {
        using var scope = NewDisposeScope();
        // −|x − 0.53| · 10: two steps of 0.02 reach 0.54, where the gradient turns. The third step of BIM goes back;
        // the sum of MIM's gradients is still +1 of its three.
        using var network = new Tent();
        using var classifier = new Classifier(network, 2);
        var images = full([1, 1, 1, 1], 0.5f);
        var loss = new MarginLoss(tensor([0L]));
        float After(IAttack attack) =>
            attack.Perturb(
            classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForBatch(Key))
            .item<float>();
        Assert.Equal(0.52f, After(new Bim { Steps = 3, StepSize = 0.02 }), 1e-6f);
        Assert.Equal(0.56f, After(new Mim { Steps = 3, StepSize = 0.02 }), 1e-6f);
    }

    public static TheoryData<IAttack, int, PassCount> Ascending => new()
    {
        // 0.45 is beyond 0.5 after three steps of 0.02; 0.3 never is. Clean logits, four iterations with both, two with
        // one.
        { new Mim { Steps = 5 }, 3, new(2 + 4 * 2 + 2, 4 * 2 + 1) },
        { new PgdAdam { Steps = 5, Rate = 0.02, RandomStart = false }, 3, new(2 + 4 * 2 + 2, 4 * 2 + 1) },
        // Both are beyond it after one, the second too far away.
        { new DeepFool(), 1, new(2 + 2 * 2, 2 * 2) },
    };

    [Theory]
    [MemberData(nameof(Ascending))]
    public void An_example_leaves_at_its_first_success(IAttack attack, int iteration, PassCount passes)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 0f }, { 1f } }, [0.5f, 0f]);
        using var classifier = network.Classifier;
        var images = tensor([0.45f, 0.3f, 0.6f]).reshape(3, 1, 1, 1);
        var found = attack.Run(
            classifier, images, new MarginLoss(zeros(3, ScalarType.Int64)), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForExamples(Key, [4, 5, 6]));
        Assert.Equal([new(attack.Name, 0, iteration), null, AttackSuccess.Clean], found.Success!);
        Assert.Equal(new PassCount(passes.Forward + 1, passes.Backward), classifier.Passes);
        Assert.True(found.Images[0].item<float>() is > 0.5f and < 0.53f);
        Assert.Equal(0.6f, found.Images[2].item<float>());
    }

    [Theory]
    [MemberData(nameof(Memories))]
    public void What_an_attack_remembers_of_an_example_stays_with_it_when_others_leave(IAttack attack)
    {
        using var scope = NewDisposeScope();
        // The gradient of −(x − a)² is another for each example; the first leaves after a step or two.
        using var network = new Hill();
        using var classifier = new Classifier(network, 2);
        var images = stack([full([1, 2, 2], 0.5f), tensor([0.1f, 0.5f, 0.3f, 0.2f]).reshape(1, 2, 2),
            tensor([0.3f, 0.1f, 0.1f, 0.5f]).reshape(1, 2, 2)], 0);
        AttackResult From(long first) => attack.Run(
            classifier, images.narrow(0, first, 3 - first), new MarginLoss(zeros(3 - first, ScalarType.Int64)), new()
            {
                Norm = Norm.L2,
                Epsilon = 0.3,
            },
            RandomSource.ForExamples(Key, [.. Enumerable.Range((int)first, 3 - (int)first).Select(row => (long)row)]));
        var all = From(0);
        Assert.NotNull(all.Success![0]);
        Assert.Null(all.Success[1]);
        TensorAssert.Close(From(1).Images, all.Images.narrow(0, 1, 2), 1e-6);
    }

    public static TheoryData<IAttack> Memories =>
        [new Mim { Steps = 12, StepSize = 0.05 }, new PgdAdam { Steps = 6, Rate = 0.05, RandomStart = false },
        new DeepFool()];

    [Fact]
    public void A_loss_other_than_the_margin_is_part_of_an_attacks_name() =>
        Assert.Equal(["pgd-40", "pgd-40", "pgd-40x5-ce", "apgd-100-dlr", "fgsm-ce", "mim-10-ce", "bim-10-ce",
        "n-fgsm-ce", "pgd-adam-10-dlr"],
            ((IAttack[])[new Pgd { Steps = 40 }, new Pgd { Steps = 40, Loss = AttackLossKind.Margin }, new Pgd
            {
                Steps = 40,
                Restarts = 5,
                Loss = AttackLossKind.CrossEntropy,
            }, new Apgd { Loss = AttackLossKind.Dlr }, new Fgsm { Loss = AttackLossKind.CrossEntropy },
                new Mim { Loss = AttackLossKind.CrossEntropy }, new Bim { Loss = AttackLossKind.CrossEntropy },
                new NFgsm { Loss = AttackLossKind.CrossEntropy }, new PgdAdam { Loss = AttackLossKind.Dlr }])
                .Select(attack => attack.Name));

    [Fact]
    public void Transferred_images_are_the_other_networks()
    {
        using var scope = NewDisposeScope();
        using var source = new TinyNetwork(new float[,] { { 1, -2, 0, 0 }, { -1, 1, 0, 3 } });
        using var other = new TinyNetwork(new float[,] { { 0, 0, 1, 0 }, { 0, 0, -1, 0 } });
        var images = full([1, 1, 2, 2], 0.5f);
        var attack = new Transfer(new Fgsm(), source.Classifier);
        var loss = new MarginLoss(tensor([0L]));
        var found = attack.Perturb(
            other.Classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForBatch(Key));
        TensorAssert.Close(tensor([-0.1f, 0.1f, 0f, 0.1f]), found.flatten() - 0.5, 1e-6);
        Assert.Equal("transfer-fgsm", attack.Name);

        using var three = new TinyNetwork(Weight, Bias);
        var exception = Assert.Throws<ArgumentException>(() => attack.Perturb(
            three.Classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForBatch(Key)));
        Assert.StartsWith(
            "Found a source of 2 classes, expected the 3 of the network that is attacked.", exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_substitute_backward_keeps_the_values_and_gives_the_gradient()
    {
        using var scope = NewDisposeScope();
        using var rounding = new Rounding();
        using var plain = new Classifier(nn.Sequential(rounding, new TinyNetwork(Weight, Bias)), 3);
        using var mended = new Classifier(nn.Sequential(
            new SubstituteBackward(rounding), new TinyNetwork(Weight, Bias)), 3);
        var images = tensor([0.41f, 0.52f, 0.33f, 0.64f]).reshape(1, 1, 2, 2);
        var loss = new TargetedMarginLoss(tensor([0L]), tensor([2L]));
        TensorAssert.Same(plain.Logits(images), mended.Logits(images));
        TensorAssert.Same(zeros(4), loss.Gradient(plain, images).flatten());
        TensorAssert.Close(tensor([3f, 1f, -2f, 4f]), loss.Gradient(mended, images).flatten(), 1e-6);
    }

    [Fact]
    public void An_averaged_loss_takes_the_mean_gradient_of_its_draws()
    {
        using var scope = NewDisposeScope();
        using var network = new Alternating();
        using var classifier = new Classifier(network, 2);
        var images = full([1, 1, 1, 1], 0.5f);
        var at = new EotLoss(new MarginLoss(tensor([0L])), 4).At(classifier, images);
        // Slopes 1, 2, 3, 4; logits of the last.
        Assert.Equal(2.5f, at.Gradient.item<float>(), 1e-6f);
        Assert.Equal(2f, at.Values.item<float>(), 1e-6f);
        Assert.Equal(new PassCount(4, 4), classifier.Passes);
    }

    [Fact]
    public void Several_losses_are_averaged_over_the_same_draws()
    {
        using var scope = NewDisposeScope();
        using var network = new Alternating();
        using var classifier = new Classifier(network, 2);
        var label = tensor([0L]);
        var images = full([1, 1, 1, 1], 0.5f);
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var at = new EotLoss(new MarginLoss(label), 4)
            .At(classifier, images, [new MarginLoss(label), new TargetedMarginLoss(label, tensor([1L]))]);
        Assert.All(at, point => Assert.Equal(2.5f, point.Gradient.item<float>(), 1e-6f));
        Assert.All(at, point => Assert.Equal(2f, point.Values.item<float>(), 1e-6f));
        Assert.Equal(new PassCount(4, 8), classifier.Passes);
        // Logits, values and gradient of each, and the target.
        Assert.Equal(before + 7, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private sealed class Tent() : Module("tent")
    {
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var height = -10 * (input.flatten(1) - 0.53).abs();
            return cat([zeros_like(height), height - 1], 1).MoveToOuterDisposeScope();
        }
    }

    private sealed class Hill() : Module("hill")
    {
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var height = -(input.flatten(1) - tensor([0.9f, 0.6f, 0.7f, 0.8f])).square().sum(1, keepdim: true);
            return cat([zeros_like(height), height + 0.1], 1).MoveToOuterDisposeScope();
        }
    }

    private sealed class Rounding() : Module("rounding")
    {
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return (input * 8).round().div(8).MoveToOuterDisposeScope();
        }
    }

    private sealed class Alternating() : Module("alternating")
    {
        private int calls;

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var slope = input.flatten(1) * ++calls;
            return cat([zeros_like(slope), slope], 1).MoveToOuterDisposeScope();
        }
    }
}
