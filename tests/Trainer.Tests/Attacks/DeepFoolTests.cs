using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class DeepFoolTests
{
    private static readonly RandomKey Key = RandomKey.Of(71);

    private static readonly float[,] Weight = { { 0f, 0f, 0f, 0f }, { 1f, -1f, 0f, 0f }, { 3f, 1f, -2f, 4f } };

    // Class 0 leads at 0.5 by 0.4 over class 1 and by 0.9 over class 2, but class 2's boundary is the nearer one.
    private static readonly float[] Bias = [0f, -0.4f, -3.9f];

    [Fact]
    public void DeepFool_asks_for_the_logits_once_an_iteration_and_for_each_other_classs_gradient()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        using var classifier = network.Classifier;
        new DeepFool { Steps = 1 }.Run(
            classifier, full([1, 1, 2, 2], 0.5f), new MarginLoss(tensor([0L])), new() { Norm = Norm.L2, Epsilon = 0.1 },
            RandomSource.ForBatch(Key));
        // Clean, the iteration's, and what it came to.
        Assert.Equal(new PassCount(3, 2), classifier.Passes);
    }

    [Theory]
    [InlineData(Norm.Linf, 0.9 / 10)]
    [InlineData(Norm.L2, 0.9 / 5.477226)]
    [InlineData(Norm.L1, 0.9 / 4)]
    public void DeepFool_finds_the_smallest_change_of_a_linear_model_but_for_its_overshoot(Norm norm, double smallest)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var images = full([1, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = norm, Epsilon = 0.01 };
        var found = new DeepFool().Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), threat, RandomSource.ForBatch(Key));
        Assert.Equal(2L, network.Classifier.Predict(found).item<long>());
        Assert.Equal(1.02 * smallest, threat.Distance(images, found).item<float>(), 1e-5);
    }

    [Fact]
    public void DeepFool_moves_one_value_after_the_other_in_L1_where_the_box_stops_them()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        // Class 2 is 0.9 behind. The last value, of weight 4, has 0.2 to go: 0.8 by it, 0.1 by the first, of weight 3.
        var images = tensor([0.1f, 0.5f, 0.5f, 0.8f]).reshape(1, 1, 2, 2);
        var found = new DeepFool { Overshoot = 0 }.Perturb(
            network.Classifier, images, new MarginLoss(tensor([0L])), new() { Norm = Norm.L1, Epsilon = 1 },
            RandomSource.ForBatch(Key));
        TensorAssert.Close(tensor([0.1f / 3, 0f, 0f, 0.2f]), (found - images).flatten(), 1e-5);
    }
}
