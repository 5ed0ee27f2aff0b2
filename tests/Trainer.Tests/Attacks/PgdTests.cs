using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Random;

namespace Trainer.Tests.Attacks;

public sealed class PgdTests
{
    private static readonly RandomKey Key = RandomKey.Of(11);
    private static readonly float[,] Weight = { { 1f, -2f, 0.5f, 0f }, { -1f, 1f, 0.5f, 3f } };

    public static TheoryData<IAttack> Attacks =>
        [new Fgsm(), new Pgd { Steps = 10 }, new Pgd { Steps = 10, RandomStart = false },
        new Pgd { Steps = 10, Restarts = 3 }];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Perturb_reaches_the_exact_worst_case_of_a_linear_model(IAttack attack)
    {
        // For two classes the margin is (w₁ − w₀)·x: its maximum over the L∞ ball is at x + ε sign(w₁ − w₀).
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight);
        var images = full([2, 1, 2, 2], 0.5f);
        var labels = tensor([0L, 1L]);
        var adversarial = attack.Perturb(
            network.Classifier, images, new MarginLoss(labels), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForExamples(Key, [0, 1]));
        var towardsOne = tensor([-0.1f, 0.1f, 0f, 0.1f]);
        // Where both classes weigh a value alike the gradient is zero and any admissible change is a worst case.
        var decides = tensor([1f, 1f, 0f, 1f]);
        TensorAssert.Close(towardsOne, (adversarial[0].flatten() - 0.5) * decides, 1e-6);
        TensorAssert.Close(-towardsOne, (adversarial[1].flatten() - 0.5) * decides, 1e-6);
    }

    [Fact]
    public void A_start_on_the_surface_is_as_far_as_the_radius_and_another_one_seldom()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[2, 4]);
        var images = full([64, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = Norm.L2, Epsilon = 0.3 };
        Tensor Distance(bool surface) => threat.Distance(images, new Pgd { Steps = 0, SurfaceStart = surface }.Perturb(
            network.Classifier, images, new MarginLoss(zeros(64, ScalarType.Int64)), threat,
            RandomSource.ForBatch(RandomKey.Of(4))));
        TensorAssert.Close(full([64], 0.3f), Distance(true), 1e-6);
        Assert.True((Distance(false) < 0.29).to(ScalarType.Float32).mean().item<float>() > 0.7);
    }

    [Fact]
    public void In_L1_it_reaches_the_worst_case_of_a_linear_model()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 0, 0, 0, 0 }, { 1, -6, 0, 4 } });
        var images = tensor([0.5f, 0.2f, 0.5f, 0.5f]).reshape(1, 1, 2, 2);
        // The box stops the value that weighs most after 0.2 of the radius; the rest goes to the next one. Each step,
        // of 2.5 · 0.3 / 40, is taken back half from either.
        var adversarial = new Pgd { Steps = 40 }.Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.L1, Epsilon = 0.3 },
            RandomSource.ForBatch(RandomKey.Of(1)));
        TensorAssert.Close(tensor([0f, -0.2f, 0f, 0.1f]), (adversarial - images).flatten(), 0.0095);
    }

    [Fact]
    public void Perturb_reaches_the_exact_worst_case_of_a_linear_model_in_L2()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight);
        var images = full([1, 1, 2, 2], 0.5f);
        var adversarial = new Pgd { Steps = 100, StepSize = 0.05 }.Perturb(
            network.Classifier, images, new CrossEntropyLoss(tensor([0L])), new() { Norm = Norm.L2, Epsilon = 0.2 },
            RandomSource.ForBatch(Key));
        var direction = tensor([-2f, 3f, 0f, 3f]);
        TensorAssert.Close(0.2 * direction / direction.norm(), adversarial.flatten() - 0.5, 1e-4);
    }

    [Fact]
    public void Perturb_stays_in_the_box()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight);
        var images = tensor([0f, 1f, 0.5f, 1f]).reshape(1, 1, 2, 2);
        var adversarial = new Pgd { Steps = 5 }.Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        Assert.InRange(adversarial.min().item<float>(), 0, 1);
        Assert.InRange(adversarial.max().item<float>(), 0, 1);
    }

    [Fact]
    public void No_steps_return_the_start()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight);
        var images = full([1, 1, 2, 2], 0.5f);
        var adversarial = new Pgd { Steps = 0, RandomStart = false }.Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        TensorAssert.Same(adversarial, images);
        Assert.False(ReferenceEquals(adversarial, images));
    }

    [Fact]
    public void The_default_step_is_two_and_a_half_radii_over_the_steps()
    {
        using var scope = NewDisposeScope();
        var images = full([1, 1, 2, 2], 0.5f);
        // What each gradient is asked at: steps of 2.5 · 0.1 / 10, until the ball's edge.
        var seen = new Visited();
        new Pgd { Steps = 10, RandomStart = false }.Perturb(
            new Classifier(seen, 2), images, new MarginLoss(tensor([0L])), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        Assert.Equal(
            [0.5f, 0.525f, 0.55f, 0.575f, 0.6f, 0.6f, 0.6f, 0.6f, 0.6f, 0.6f], seen.Highest, (a, b) =>
            Math.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void A_normal_start_has_the_deviation_asked_for_and_is_admissible_where_no_step_follows()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight);
        using var classifier = network.Classifier;
        var images = full([1000, 1, 2, 2], 0.5f);
        var loss = new MarginLoss(zeros(1000, ScalarType.Int64));
        Tensor Noise(double epsilon) =>
            new Pgd { Steps = 0, GaussianStart = 0.01 }.Perturb(
            classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = epsilon },
            RandomSource.ForBatch(Key)) - images;
        Assert.Equal(0.01, Noise(1).std().item<float>(), 5e-4);
        Assert.Equal(0.005, Noise(0.005).abs().max().item<float>(), 1e-6);
    }

    [Fact]
    public void The_first_step_begins_at_the_normal_start_even_outside_the_box()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 0, 0 }, { 1, 1 } });
        using var classifier = network.Classifier;
        var random = new ReplayedRandom(1, (_, shape) => tensor([-1f, 1f]).reshape(shape));
        var adversarial = new Pgd { Steps = 1, StepSize = 0.04, GaussianStart = 0.01 }
            .Perturb(classifier, zeros(1, 1, 1, 2), new CrossEntropyLoss(tensor([0L])),
                new() { Norm = Norm.Linf, Epsilon = 0.1 }, random);
        TensorAssert.Close(tensor([0.03f, 0.05f]), adversarial.flatten(), 1e-6);
    }

    [Fact]
    public void Restarts_keep_what_is_misclassified_and_attack_only_the_remaining_examples()
    {
        using var scope = NewDisposeScope();
        using var network = new CountingNetwork(new TinyNetwork(Weight));
        using var classifier = new Classifier(network, 2);
        // With label 0 the margin at 0.5 is positive: broken by any start. With label 1 nothing in the ball breaks it.
        var images = full([2, 1, 2, 2], 0.5f);
        var loss = new MarginLoss(tensor([0L, 1L]));
        var adversarial = new Pgd { Steps = 2, Restarts = 4 }.Perturb(
            classifier, images, loss, new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForExamples(Key, [0, 1]));
        var margins = loss.PerExample(classifier.Logits(adversarial));
        Assert.True(margins[0].item<float>() > 0);
        Assert.True(margins[1].item<float>() < 0);
        // The first restart sees both rows, the three after it the one that is still correct; the last batch is this
        // test's own.
        Assert.Equal([2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2], network.BatchSizes);
    }

    [Fact]
    public void Run_lets_examples_leave_at_their_first_success_and_returns_its_iteration()
    {
        using var scope = NewDisposeScope();
        using var network = new CountingNetwork(new TinyNetwork(new float[,] { { 0f }, { 1f } }, [0.5f, 0f]));
        using var classifier = new Classifier(network, 2);
        // The boundary is at 0.5: three steps of 0.02 away, out of reach, and behind.
        var images = tensor([0.45f, 0.2f, 0.6f]).reshape(3, 1, 1, 1);
        var found = new Pgd { Steps = 4, StepSize = 0.02, RandomStart = false }.Run(
            classifier, images, new MarginLoss(zeros(3, ScalarType.Int64)), new() { Norm = Norm.Linf, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        Assert.Equal([new AttackSuccess("pgd-4", 0, 3), null, AttackSuccess.Clean], found.Success!);
        TensorAssert.Close(tensor([0.51f, 0.28f, 0.6f]), found.Images.flatten(), 1e-6);
        Assert.Equal([3, 2, 2, 2, 2, 1], network.BatchSizes);
        Assert.Equal(new PassCount(12, 8), classifier.Passes);
    }

    /// <summary>Two classes, the sum of the pixels and its negative; keeps the highest pixel of each call.</summary>
    private sealed class Visited() : Module("visited")
    {
        public List<float> Highest { get; } = [];

        public override Tensor forward(Tensor input)
        {
            Highest.Add(input.max().item<float>());
            var sum = input.flatten(1).sum(1);
            return stack([-sum, sum], 1);
        }
    }
}
