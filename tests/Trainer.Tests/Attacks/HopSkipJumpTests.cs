using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class HopSkipJumpTests
{
    private const long Side = 8;
    private static readonly RandomKey Key = RandomKey.Of(91);

    [Theory]
    [InlineData(Norm.Linf, 1.05)]
    [InlineData(Norm.L2, 1.03)]
    public void It_comes_close_to_the_smallest_change_of_a_linear_model_with_the_queries_that_it_states(
        Norm norm, double within)
    {
        using var scope = NewDisposeScope();
        using var network = Linear(out var weight);
        using var classifier = network.Classifier;
        var images = full([1, 1, Side, Side], 0.5f);
        var threat = new ThreatModel { Norm = norm, Epsilon = 0 };
        var found = new HopSkipJump { Steps = 20 }.Perturb(
            classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        var smallest = 1 / (norm == Norm.Linf ? weight.abs().sum() : weight.norm()).item<float>();
        Assert.Equal(1L, classifier.Predict(found).item<long>());
        Assert.InRange(threat.Distance(images, found).item<float>(), smallest, within * smallest);
        // 100 √t for the directions, 6,166 in all, and at most 42 for each of the 20 steps and ways back.
        Assert.InRange(classifier.Passes.Forward, 6100, 6166 + 1 + 1000 + 20 * 42);
        Assert.Equal(0, classifier.Passes.Backward);
    }

    [Fact]
    public void Nothing_but_the_predicted_class_is_looked_at()
    {
        using var scope = NewDisposeScope();
        using var network = Linear(out _);
        using var plain = network.Classifier;
        using var decisions = new Classifier(new Decisions(network), 2);
        var images = full([2, 1, Side, Side], 0.5f);
        Tensor Walk(Classifier classifier) => new HopSkipJump { Steps = 3 }.Perturb(
            classifier, images, new MarginLoss(zeros(2, ScalarType.Int64)), new() { Norm = Norm.L2, Epsilon = 0 },
            RandomSource.ForExamples(Key, [4, 7]));
        TensorAssert.Same(Walk(plain), Walk(decisions));
    }

    [Theory]
    [InlineData(0.9, false)]
    [InlineData(1.3, true)]
    public void It_succeeds_if_and_only_if_the_change_is_within_the_radius(double share, bool breaks)
    {
        using var scope = NewDisposeScope();
        using var network = Linear(out var weight);
        var images = full([1, 1, Side, Side], 0.5f);
        var threat = new ThreatModel { Norm = Norm.L2, Epsilon = share / weight.norm().item<float>() };
        var found = new HopSkipJump { Steps = 15 }.Run(
            network.Classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        Assert.Equal(breaks, found.Success!.Single() is { Attack: "hopskipjump", Run: 0, Iteration: > 0 });
        Assert.Equal(breaks, threat.Distance(images, found.Images).item<float>() <= threat.Epsilon);
    }

    [Fact]
    public void An_example_counts_as_robust_where_no_image_of_another_class_is_found()
    {
        using var scope = NewDisposeScope();
        // Of three classes one is never predicted and the second needs all values near 1: constant noise finds it.
        using var network = new TinyNetwork(
            new float[,] { { 0f, 0f, 0f, 0f }, { 1f, 1f, 1f, 1f }, { 0f, 0f, 0f, 0f } }, [3.6f, 0f, -1f]);
        using var never = new TinyNetwork(new float[3, 4], [1f, 0f, 0f]);
        var images = full([1, 1, 2, 2], 0.2f);
        var loss = new MarginLoss(tensor([0L]));
        var found = new HopSkipJump { Steps = 5 }.Run(
            network.Classifier, images, loss, new() { Norm = Norm.L2, Epsilon = 2 }, RandomSource.ForBatch(Key));
        Assert.NotNull(found.Success!.Single());
        using var classifier = never.Classifier;
        var nothing = new HopSkipJump { Steps = 5, Tries = 50 }.Run(
            classifier, images, loss, new() { Norm = Norm.L2, Epsilon = 2 }, RandomSource.ForBatch(Key));
        Assert.Null(nothing.Success!.Single());
        TensorAssert.Same(images, nothing.Images);
        Assert.Equal(1 + 50, classifier.Passes.Forward);
    }

    /// <summary>Class 0 leads by 1 at images of 0.5; the weights are 1, 2, 3, 4 and their negatives in turn.</summary>
    private static TinyNetwork Linear(out Tensor weight)
    {
        var rows = new float[2, Side * Side];
        var values = new float[Side * Side];
        for (var place = 0; place < values.Length; place++)
            rows[1, place] = values[place] = (place % 4 + 1) * (place / 4 % 2 == 0 ? 1 : -1);
        weight = tensor(values);
        return new(rows, [1f + 0.5f * values.Sum(), 0f]);
    }

    /// <summary>1 for the predicted class and 0 elsewhere, without a gradient.</summary>
    private sealed class Decisions : Module
    {
        private readonly Module network;

        public Decisions(Module network) : base("decisions")
        {
            this.network = network;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return nn.functional.one_hot(network.call(input).argmax(1), 2).to(ScalarType.Float32)
                .MoveToOuterDisposeScope();
        }
    }
}
