using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class FabTests
{
    private static readonly RandomKey Key = RandomKey.Of(41);

    // Class 0 leads at 0.5 by 0.4 over class 1 and by 0.9 over class 2, but class 2's boundary is the nearer one.
    private static readonly float[,] Weight = { { 0f, 0f, 0f, 0f }, { 1f, -1f, 0f, 0f }, { 3f, 1f, -2f, 4f } };
    private static readonly float[] Bias = [0f, -0.4f, -3.9f];

    [Theory]
    [InlineData(Norm.Linf, 0.9 / 10)]
    [InlineData(Norm.L2, 0.9 / 5.477226)]
    [InlineData(Norm.L1, 0.9 / 4)]
    public void It_finds_the_smallest_change_of_a_linear_model(Norm norm, double smallest)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var images = full([1, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = norm, Epsilon = 0 };
        var found = new FabTargeted().Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        Assert.Equal(2L, network.Classifier.Predict(found).item<long>());
        // Iterates are beyond the boundary by a share of the 5 % that each step overshoots.
        Assert.InRange(threat.Distance(images, found).item<float>(), smallest, 1.006 * smallest);
    }

    [Fact]
    public void The_first_target_alone_gives_its_own_distance()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var images = full([1, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0 };
        var found = new FabTargeted { Targets = 1 }.Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        Assert.Equal(1L, network.Classifier.Predict(found).item<long>());
        Assert.InRange(threat.Distance(images, found).item<float>(), 0.2, 1.006 * 0.2);
    }

    [Theory]
    [InlineData(0.085, false)]
    [InlineData(0.095, true)]
    public void It_succeeds_if_and_only_if_the_change_is_within_the_radius(double epsilon, bool breaks)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var images = full([1, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = epsilon };
        var found = new FabTargeted().Run(
            network.Classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        Assert.Equal(breaks, found.Success!.Single() is { Attack: "fab-t", Run: 1 });
        Assert.Equal(breaks, threat.Distance(images, found.Images).item<float>() <= epsilon);
    }

    [Fact]
    public void Broken_examples_leave_and_only_gradients_of_the_input_are_computed()
    {
        using var scope = NewDisposeScope();
        using var network = new CountingNetwork(new TinyNetwork(Weight, Bias));
        using var classifier = new Classifier(network, 3);
        var images = full([1, 1, 2, 2], 0.5f);
        var found = new FabTargeted { Targets = 1 }.Run(
            classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.Linf, Epsilon = 0.3 },
            RandomSource.ForBatch(Key));
        // Clean logits, one step: its gradient and its verdict. The first step overshoots the boundary at 0.2.
        Assert.Equal(new AttackSuccess("fab-t", 0, 1), found.Success!.Single());
        Assert.Equal(new PassCount(3, 1), classifier.Passes);
        Assert.All(network.parameters(), parameter => Assert.Null(parameter.grad));
    }
}
