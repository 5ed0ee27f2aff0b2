using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Stripes;

/// <summary>Tries random points of the ball and keeps the best one of each image. Uses no gradient.</summary>
[Component("random-search")]
public sealed record RandomSearch : IAttack
{
    /// <summary>How many points.</summary>
    [AtLeast(1)] public int Tries { get; init => field = Require.AtLeast(1, value); } = 20;

    /// <summary>What to maximise; by default the loss of the batch.</summary>
    public AttackLossKind? Loss { get; init; }

    /// <inheritdoc/>
    public string Name => $"random-search-{Tries}";

    /// <inheritdoc/>
    public bool NeedsGradients => false;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var ball = batch.CreateBall();
        var best = batch.Images.clone();
        var score = batch.Loss.PerExample(batch.Classifier.Logits(best));
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            using var attemptScope = NewDisposeScope();
            var candidate = ball.RandomStart(batch.Random.With(attempt));
            var candidateScore = batch.Loss.PerExample(batch.Classifier.Logits(candidate));
            var better = candidateScore.gt(score).reshape(-1, 1, 1, 1);
            best.copy_(where(better, candidate, best));
            score.copy_(maximum(candidateScore, score));
        }
        return new(best.MoveToOuterDisposeScope());
    }
}
