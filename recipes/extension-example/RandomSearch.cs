using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Stripes;

/// <summary>Tries random points of the ball and keeps the best one of each image. Uses no gradient.</summary>
[Component("random-search")]
public sealed record RandomSearch : IAttack
{
    /// <summary>How many points.</summary>
    [AtLeast(1)] public int Tries { get; init => field = Require.AtLeast(1, value); } = 20;

    /// <summary>What to maximise; by default what the user of the attack asks for.</summary>
    public AttackLossKind? Goal { get; init; }

    /// <inheritdoc/>
    public string Name => $"random-search-{Tries}";

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var ball = threat.Around(images);
        var best = images.clone();
        var score = goal.PerExample(classifier.Logits(best));
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            using var attemptScope = NewDisposeScope();
            var candidate = ball.RandomStart(random.With(attempt));
            var candidateScore = goal.PerExample(classifier.Logits(candidate));
            var better = candidateScore.gt(score).reshape(-1, 1, 1, 1);
            best.copy_(where(better, candidate, best));
            score.copy_(maximum(candidateScore, score));
        }
        return best.MoveToOuterDisposeScope();
    }
}
