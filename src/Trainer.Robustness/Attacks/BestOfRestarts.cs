using Trainer.Robustness.Random;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The best result of each example over restarts: a misclassified one before one that is not, then the higher goal.
/// Only the examples still standing (classified correctly by every result so far) go on.
/// </summary>
internal sealed class BestOfRestarts
{
    private readonly Classifier classifier;
    private readonly Tensor originals;
    private readonly AttackLoss goal;
    private readonly RandomSource random;
    private readonly Tensor scores;
    private readonly Tensor broken;
    private long[] rows;

    public BestOfRestarts(Classifier classifier, Tensor images, AttackLoss goal, RandomSource random)
    {
        (this.classifier, originals, this.goal, this.random) = (classifier, images, goal, random);
        Images = images.clone();
        scores = full_like(goal.Labels, float.NegativeInfinity, images.dtype);
        broken = zeros_like(goal.Labels, ScalarType.Bool);
        rows = [.. Enumerable.Range(0, (int)images.shape[0]).Select(row => (long)row)];
    }

    /// <summary>Float32 [N, C, H, W]: the best so far, the original where there is none.</summary>
    public Tensor Images { get; }

    public bool AnyStanding => rows.Length > 0;

    /// <summary>The examples that the next restart attacks.</summary>
    public (Tensor Rows, Tensor Images, AttackLoss Goal, RandomSource Random) Standing()
    {
        var index = tensor(rows, device: originals.device);
        return (index, originals.index_select(0, index), goal.Select(index), random.Select(rows));
    }

    /// <summary>Takes the results of one restart.</summary>
    public void Keep((Tensor Rows, Tensor Images, AttackLoss Goal, RandomSource Random) standing, Tensor adversarial)
    {
        using var noGrad = no_grad();
        var logits = classifier.Logits(adversarial);
        var score = standing.Goal.PerExample(logits);
        var breaks = logits.argmax(1).ne(standing.Goal.Labels);
        var better = breaks.logical_or(score > scores.index_select(0, standing.Rows));
        var winners = standing.Rows.masked_select(better);
        Images.index_copy_(0, winners, adversarial.index_select(0, better.nonzero().squeeze(1)));
        scores.index_copy_(0, winners, score.masked_select(better));
        broken.index_copy_(0, standing.Rows, breaks);
        rows = [.. broken.logical_not().nonzero().squeeze(1).data<long>()];
    }
}
