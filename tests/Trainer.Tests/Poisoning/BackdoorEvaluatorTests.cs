using TorchSharp;
using Trainer.Engine.Data;
using Trainer.Engine.Data.Poisoning;
using Trainer.Engine.Evaluation;
using Trainer.Robustness.Metrics;

namespace Trainer.Tests.Poisoning;

/// <summary>A network that looks at two pixels alone: every rate follows by hand.</summary>
public sealed class BackdoorEvaluatorTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly ImageData data;

    // Class 0 where the last pixel is bright; else class 1 or 2 by the first pixel.
    private readonly TinyNetwork network = new(
        new float[,] { { 0, 0, 0, 20 }, { 8, 0, 0, 0 }, { -8, 0, 0, 0 } }, [-10, -4, 4]);

    public BackdoorEvaluatorTests() => data = new(
        // First pixel bright: class 1; dark: class 2; one image of class 0 that is recognised, and one that is not.
        tensor(new byte[]
        {
            255, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0,
        }).reshape(7, 1, 2, 2), tensor(new long[] { 1, 1, 2, 2, 2, 0, 0 }), ["a", "b", "c"]);

    public void Dispose()
    {
        network.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(1, 5, 0)]
    [InlineData(0.4, 0, 4)] // The patch is too dark for class 0: as without it, one of class 2 is taken for 1.
    public void Images_of_the_target_class_do_not_count(double value, int target, int truth)
    {
        using var classifier = network.Classifier;
        var metrics = new BackdoorEvaluator(
            classifier, new BadNets { Target = 0, Rate = 0.1, Size = 1, Value = value }, 2)
            .Run(data, [0, 1, 2, 3, 4, 5, 6], new Accuracy(5, 7))!;
        Assert.Equal(("badnets", 7, 5 / 7.0), (metrics.Poison, metrics.Clean.Examples, metrics.Clean.Value));
        Assert.Equal((5, target / 5.0), (metrics.AttackSuccess!.Examples, metrics.AttackSuccess.Value));
        Assert.Equal((5, truth / 5.0), (metrics.Robust!.Examples, metrics.Robust.Value));
        var (low, high) = new Accuracy(target, 5).Interval;
        Assert.Equal([low, high], metrics.AttackSuccess.Interval);
    }

    [Fact]
    public void Without_a_trigger_there_is_no_attack_success()
    {
        using var classifier = network.Classifier;
        var metrics = new BackdoorEvaluator(classifier, new LabelFlip { Rate = 0.1 }, 2).Run(data, [0, 1], new(1, 2))!;
        Assert.Equal((0.5, null, null), (metrics.Clean.Value, metrics.AttackSuccess, metrics.Robust));
    }
}
