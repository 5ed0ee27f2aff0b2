using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

public sealed class MaltTests
{
    private static readonly RandomSource Random = RandomSource.ForBatch(RandomKey.Of(41));

    // Class 0 leads at 0.5 by 0.4 over class 1 and by 0.9 over class 2, but class 2's boundary is the nearer one; class
    // 3's is so near only where one value alone may change.
    private static readonly float[,] Weight =
        { { 0f, 0f, 0f, 0f }, { 1f, -1f, 0f, 0f }, { 3f, 1f, -2f, 4f }, { 0f, 0f, 0f, 6f } };
    private static readonly float[] Bias = [0f, -0.4f, -3.9f, -4.3f];

    [Theory]
    // Gaps 0.4, 0.9 and 1.3 over the dual norms 2, 10 and 6; 1.41, 5.48 and 6; 1, 4 and 6.
    [InlineData(Norm.Linf, 2, 1, 3)]
    [InlineData(Norm.L2, 2, 3, 1)]
    [InlineData(Norm.L1, 3, 2, 1)]
    public void Classes_are_ranked_by_the_distance_of_their_linearised_boundaries(Norm norm, params int[] expected)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var images = full([2, 1, 2, 2], 0.5f);
        var batch = new AttackBatch(
            network.Classifier, images, new MarginLoss(tensor([0L, 0])), new() { Norm = norm, Epsilon = 0.1 }, Random);
        var ranked = Malt.Ranked(batch, network.Classifier.Logits(images), candidates: 3);
        Assert.Equal([2L, 3], ranked.shape);
        Assert.Equal(expected.Concat(expected).Select(target => (long)target), ranked.data<long>().ToArray());
    }

    [Fact]
    public void One_target_reaches_the_nearest_boundary_where_the_largest_logit_does_not()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var images = full([1, 1, 2, 2], 0.5f);
        var threat = new ThreatModel { Norm = Norm.Linf, Epsilon = 0.095 };
        var loss = new MarginLoss(tensor([0L]));
        var found = new Malt { Targets = 1 }.Run(network.Classifier, images, loss, threat, Random);
        Assert.True(found.Success![0] is { Attack: "malt", Run: 0 });
        Assert.Equal(2L, network.Classifier.Predict(found.Images).item<long>());
        Assert.Null(new ApgdTargeted { Targets = 1 }.Run(network.Classifier, images, loss, threat, Random).Success![0]);
    }

    [Fact]
    public void Candidates_are_the_classes_of_the_largest_logits()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight, Bias);
        var batch = new AttackBatch(
            network.Classifier, full([1, 1, 2, 2], 0.5f), new MarginLoss(tensor([0L])),
            new() { Norm = Norm.L1, Epsilon = 0.1 }, Random);
        Assert.Equal([2L, 1], Malt.Ranked(
            batch, network.Classifier.Logits(batch.Images), candidates: 2).data<long>().ToArray());
    }
}
