using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class ApgdTests
{
    private static readonly RandomKey Key = RandomKey.Of(21);

    // The bias keeps class 1 in front by so much that nothing in the balls below breaks an example.
    private static readonly float[,] Weight =
        { { 1f, -2f, 0.5f, 0f }, { -1f, 1f, 0.5f, 3f }, { 0f, 1f, 1f, 0f }, { 1f, 0f, 0f, 1f } };
    private static readonly float[] Bias = [0, 9, 0, 0];

    public static TheoryData<IAttack> TwoClassAttacks => [new Apgd(), new ApgdCe(), new ApgdDlr(), new ApgdTargeted()];

    [Theory]
    [MemberData(nameof(TwoClassAttacks))]
    public void Perturb_reaches_the_exact_worst_case_of_a_linear_model_of_two_classes(IAttack attack)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1f, -2f, 0.5f, 0f }, { -1f, 1f, 0.5f, 3f } }, [0, 9]);
        var images = full([1, 1, 2, 2], 0.5f);
        // w₀ − w₁; where it is zero any admissible change is a worst case.
        var towardsZero = tensor([2f, -3f, 0f, -3f]);
        var linf = attack.Perturb(
            network.Classifier, images, new MarginLoss(tensor([1L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        TensorAssert.Close(0.1 * towardsZero.sign(), (linf.flatten() - 0.5) * towardsZero.ne(0), 1e-6);
        var l2 = attack.Perturb(
            network.Classifier, images, new MarginLoss(tensor([1L])), new() { Norm = Norm.L2, Epsilon = 0.2 },
            RandomSource.ForBatch(Key));
        Assert.Equal(
            0.2f * towardsZero.norm().item<float>(), ((l2.flatten() - 0.5) * towardsZero).sum().item<float>(), 1e-4f);
    }

    [Fact]
    public void Few_classes_have_a_caution()
    {
        Assert.Equal(
            "The difference of logits ratio needs 3 classes; with 2, apgd-dlr maximises its numerator, the margin.",
            new ApgdDlr().Caution(2));
        IAttack pgd = new Pgd { Steps = 7, Loss = AttackLossKind.Dlr };
        Assert.Equal(
            "The difference of logits ratio needs 3 classes; with 2, pgd-7-dlr maximises its numerator, the margin.",
            pgd.Caution(2));
        Assert.Null(pgd.Caution(3));
        Assert.IsType<MarginLoss>(AttackLossKind.Dlr.For(zeros(1, ScalarType.Int64), 2));
        Assert.IsType<DlrLoss>(AttackLossKind.Dlr.For(zeros(1, ScalarType.Int64), 3));
        Assert.Null(new ApgdDlr().Caution(3));
        Assert.Equal(
            "The targeted difference of logits ratio needs 4 classes; with 3, "
            + "apgd-t maximises its numerator, the targeted margin.", new ApgdTargeted().Caution(3));
        Assert.Null(new ApgdTargeted().Caution(4));
    }

    [Fact]
    public void The_targets_are_the_other_classes_in_the_order_of_the_clean_logits()
    {
        using var scope = NewDisposeScope();
        // Class 0 leads by 0.1 over class 1, whatever the image. Class 2 is third and in reach: 0.5 + 1.4 · 0.4 > 1.
        using var network = new TinyNetwork(
            new float[,] { { 0f, 0f, 0f, 0f }, { 0f, 0f, 0f, 0f }, { 1.4f, 1.4f, 1.4f, 1.4f }, { 0f, 0f, 0f, 0f } },
            [1f, 0.9f, 0.5f - 2.8f, 0f]);
        var images = full([1, 1, 2, 2], 0.5f);
        AttackResult Attack(int targets) => new ApgdTargeted { Targets = targets }.Run(
            network.Classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        Assert.Null(Attack(1).Success!.Single());
        Assert.Equal(1, Attack(2).Success!.Single()?.Run);
    }

    [Fact]
    public void Each_iteration_costs_one_forward_and_one_backward_pass_of_the_remaining_examples()
    {
        using var scope = NewDisposeScope();
        using var network = new CountingNetwork(new TinyNetwork(Weight, Bias));
        using var classifier = new Classifier(network, 4);
        // The second row is misclassified to begin with and no run sees it.
        var images = full([2, 1, 2, 2], 0.5f);
        var found = new ApgdCe { Steps = 7 }.Run(
            classifier, images, new MarginLoss(tensor([1L, 0L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        Assert.Equal([2, 1, 1, 1, 1, 1, 1, 1, 1], network.BatchSizes);
        Assert.Equal(new PassCount(10, 8), classifier.Passes);
        Assert.Equal([null, AttackSuccess.Clean], found.Success!);
        TensorAssert.Same(images[1], found.Images[1]);
    }

    [Fact]
    public void A_success_has_its_iteration_and_the_example_leaves_at_once()
    {
        using var scope = NewDisposeScope();
        // The margin at 0.5 is 0.1 and each step of the first coordinate changes it by its own length.
        using var network = new CountingNetwork(new TinyNetwork(
            new float[,] { { 1f, 0f, 0f, 0f }, { 0f, 0f, 0f, 0f } }, [-0.45f, 0f]));
        using var classifier = new Classifier(network, 2);
        var images = full([1, 1, 2, 2], 0.5f);
        // The start is on the surface: at it the example is broken, or one step of 2ε later.
        var broken = new ApgdCe { Steps = 10 }.Run(
            classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        var breaks = Assert.NotNull(broken.Success!.Single());
        Assert.Equal("apgd-ce", breaks.Attack);
        Assert.Equal(0, breaks.Run);
        Assert.InRange(breaks.Iteration, 0, 1);
        Assert.Equal(2 + breaks.Iteration, network.BatchSizes.Count);
        Assert.Equal(1L, classifier.Predict(broken.Images).item<long>());
    }

    public static TheoryData<IAttack> Sparse =>
        [new ApgdCe { Steps = 100 }, new ApgdDlr { Steps = 100 }, new ApgdTargeted { Steps = 100, Targets = 1 }];

    [Theory]
    [MemberData(nameof(Sparse))]
    public void In_L1_it_reaches_the_worst_case_of_a_linear_model(IAttack attack)
    {
        using var scope = NewDisposeScope();
        // The weights 1, −2, 3, … 400: the last five take all of the radius, each until the box stops it after 0.5.
        const int values = 400;
        // The classes that never change leave both ratios their denominators.
        var weight = new float[4, values];
        for (var place = 0; place < values; place++)
            weight[1, place] = (place + 1) * (place % 2 == 0 ? 1 : -1) / 100f;
        using var network = new TinyNetwork(weight, [10, 0, -30, -30]);
        var images = full([1, 1, 20, 20], 0.5f);
        var found = attack.Run(
            network.Classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.L1, Epsilon = 2.5 },
            RandomSource.ForBatch(Key));
        var gain = network.Classifier.Logits(found.Images)[0, 1] - network.Classifier.Logits(images)[0, 1];
        const double most = 0.5 * (4 + 3.99 + 3.98 + 3.97 + 3.96);
        Assert.InRange(gain.item<float>(), 0.999 * most, most + 1e-4);
        Assert.Null(found.Success!.Single());
    }

    [Fact]
    public void In_L1_no_example_leaves_in_the_wider_balls_and_they_cost_their_share_of_the_iterations()
    {
        using var scope = NewDisposeScope();
        // Twice the radius breaks the example, the radius itself does not.
        using var network = new TinyNetwork(new float[,] { { 0f, 0f }, { 1f, 0f } }, [0.65f, 0f]);
        using var classifier = network.Classifier;
        var images = full([1, 1, 1, 2], 0.5f);
        var found = new ApgdCe { Steps = 10 }.Run(
            classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.L1, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        Assert.Null(found.Success!.Single());
        Assert.InRange((found.Images - images).abs().sum().item<float>(), 0.099, 0.1);
        // Clean logits, then 3, 3 and 4 iterations with a start each.
        Assert.Equal(new PassCount(1 + 4 + 4 + 5, 4 + 4 + 5), classifier.Passes);
    }

    [Fact]
    public void A_zero_gradient_moves_nothing_and_has_no_success()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[4, 4], [0, 1, 0, 0]);
        var images = full([1, 1, 2, 2], 0.5f);
        foreach (var norm in Enum.GetValues<Norm>())
        {
            foreach (var attack in (IAttack[])[new ApgdCe { Steps = 5 }, new ApgdDlr { Steps = 5 },
                new ApgdTargeted { Steps = 5 }])
            {
                var found = attack.Run(
                    network.Classifier, images, new MarginLoss(tensor([1L])), new() { Norm = norm, Epsilon = 0.1 },
                    RandomSource.ForBatch(Key));
                Assert.Null(found.Success!.Single());
                Assert.True(found.Images.isfinite().all().item<bool>());
            }
        }
    }
}
