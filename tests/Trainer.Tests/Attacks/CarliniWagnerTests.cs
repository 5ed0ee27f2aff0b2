using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class CarliniWagnerTests
{
    private static readonly RandomKey Key = RandomKey.Of(81);

    // Class 0 leads at 0.5 by 0.3 over class 2 and by 0.4 over class 1, whose boundary is the further one, too.
    private static readonly float[,] Weight = { { 0f, 0f, 0f, 0f }, { 1f, -1f, 0f, 0f }, { 3f, 1f, -2f, 4f } };
    private static readonly float[] Bias = [0f, -0.4f, -3.3f];
    private static readonly double Smallest = 0.3 / Math.Sqrt(30);

    [Fact]
    public void It_finds_the_smallest_change_of_a_linear_model()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var images = full([1, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = Norm.L2, Epsilon = 0 };
        var found = new CarliniWagner { Steps = 200 }.Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        Assert.Equal(2L, network.Classifier.Predict(found).item<long>());
        Assert.InRange(threat.Distance(images, found).item<float>(), Smallest, 1.005 * Smallest);
        var direction = tensor([3f, 1f, -2f, 4f]);
        TensorAssert.Close(Smallest * direction / direction.norm(), (found - images).flatten(), 3e-3);
    }

    [Fact]
    public void Each_example_of_two_classes_has_a_weight_of_its_own()
    {
        using var scope = NewDisposeScope();
        // The same boundary and steep logits: 0.1 and 0.3 away.
        using var network = new TinyNetwork(new float[,] { { 0f, 0f }, { 50f, 0f } }, [30f, 0f]);
        var images = tensor([0.5f, 0.5f, 0.3f, 0.5f]).reshape(2, 1, 1, 2);
        var threat = new ThreatModel { Norm = Norm.L2, Epsilon = 0 };
        var found = new CarliniWagner { Steps = 200 }.Perturb(
            network.Classifier, images, new MarginLoss(zeros(2, ScalarType.Int64)), threat, RandomSource.ForBatch(Key));
        var distances = threat.Distance(images, found).data<float>().ToArray();
        Assert.InRange(distances[0], 0.1f, 0.1f * 1.01f);
        Assert.InRange(distances[1], 0.3f, 0.3f * 1.01f);
    }

    [Theory]
    [InlineData(0.95, false)]
    [InlineData(1.05, true)]
    public void It_succeeds_if_and_only_if_the_change_is_within_the_radius(double share, bool breaks)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        using var classifier = network.Classifier;
        var images = full([1, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = Norm.L2, Epsilon = share * Smallest };
        var found = new CarliniWagner { Steps = 100 }.Run(
            classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        Assert.Equal(breaks, found.Success!.Single() is { Attack: "cw", Run: 0 });
        Assert.Equal(breaks, threat.Distance(images, found.Images).item<float>() <= threat.Epsilon);
        // The clean logits, then one pass of each kind an iteration, which a broken example has no more of.
        var iterations = found.Success!.Single()?.Iteration ?? 900;
        Assert.Equal(new PassCount(1 + iterations, iterations), classifier.Passes);
    }

    [Fact]
    public void The_weight_grows_tenfold_until_it_is_enough_and_is_then_bisected()
    {
        using var scope = NewDisposeScope();
        var images = full([2, 1, 1, 1], 0.5f);
        var state = new CarliniWagnerState(images, 1);
        float[] Next(bool first, bool second)
        {
            state.Restart();
            state.Update(images, tensor([first, second]), ones(2));
            state.Search();
            return state.C.data<float>().ToArray();
        }
        Assert.Equal([0.5f, 10f], Next(true, false));
        Assert.Equal([0.75f, 5.5f], Next(false, true));
        Assert.Equal([0.625f, 3.25f], Next(true, true));
    }

    [Fact]
    public void Confidence_wins_the_margin_by_as_much()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var images = full([1, 1, 2, 2], 0.5f);
        var loss = new MarginLoss(tensor([0L]));
        var found = new CarliniWagner { Steps = 200, Confidence = 0.3 }.Perturb(
            network.Classifier, images, loss, new() { Norm = Norm.L2, Epsilon = 0 }, RandomSource.ForBatch(Key));
        Assert.InRange(loss.PerExample(network.Classifier.Logits(found)).item<float>(), 0.3f, 0.31f);
    }
}
