using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class MultiTargetedTests
{
    // Class 0 leads at 0.5 by 0.4 over class 1 and by 0.9 over class 2, but class 2's boundary is the nearer one: at
    // 0.9 / 10 for L∞, 0.9 / 5.477 for L2.
    private static readonly float[,] Weight = { { 0f, 0f, 0f, 0f }, { 1f, -1f, 0f, 0f }, { 3f, 1f, -2f, 4f } };
    private static readonly float[] Bias = [0f, -0.4f, -3.9f];

    [Theory]
    [InlineData(Norm.Linf, 0.089, false)]
    [InlineData(Norm.Linf, 0.091, true)]
    [InlineData(Norm.L2, 0.163, false)]
    [InlineData(Norm.L2, 0.17, true)]
    public void It_succeeds_if_and_only_if_the_nearest_boundary_is_within_the_radius(
        Norm norm, double epsilon, bool succeeds)
    {
        var found = Run(new MultiTargeted { Steps = 20, StepSize = 0.1 }, new() { Norm = norm, Epsilon = epsilon });
        Assert.Equal(succeeds, found is { Attack: "multi-targeted-20", Run: 1 });
    }

    [Fact]
    public void Targets_are_those_of_the_largest_logits_each_as_often_as_there_are_restarts()
    {
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 };
        Assert.Null(Run(new MultiTargeted { Targets = 1 }, threat));
        Assert.Equal(3, Run(new MultiTargeted { Restarts = 3 }, threat)?.Run);
    }

    private static AttackSuccess? Run(MultiTargeted attack, ThreatModel threat)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        return attack.Run(
            network.Classifier, full([1, 1, 2, 2], 0.5f), new MarginLoss(tensor([0L])), threat,
            RandomSource.ForBatch(RandomKey.Of(41))).Success!.Single();
    }
}
