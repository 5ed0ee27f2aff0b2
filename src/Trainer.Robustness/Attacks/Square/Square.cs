using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The square attack (Andriushchenko et al. 2020, arXiv:1912.00049): random changes of square windows, kept where they
/// raise the goal. It looks at logits alone. The schedule of the windows is AutoAttack's, fixed for every number of
/// queries. Departure from the public code: each example draws windows and signs of its own, where the public code shares
/// them over the batch, so that a result does not depend on the batch.
/// </summary>
/// <param name="Queries">Proposals of each run.</param>
/// <param name="PInit">The first windows' share of the image's area, p.</param>
/// <param name="Restarts">Independent runs; later ones attack only the examples that are still classified correctly.</param>
/// <param name="Goal">What to raise; by default what the user of the attack asks for. The paper's is the margin.</param>
[Component("square")]
public sealed record Square(int Queries = 5000, double PInit = 0.8, int Restarts = 1, AttackLossKind? Goal = null) : IAttack
{
    /// <summary>Proposals of each run.</summary>
    [AtLeast(1)]
    public int Queries { get; init; } = Require.AtLeast(1, Queries);

    /// <summary>The first windows' share of the image's area.</summary>
    [Between(0, 1)]
    [FormerName("firstShare")]
    public double PInit { get; init; } = Require.Between(0, 1, PInit);

    /// <summary>Independent runs.</summary>
    [AtLeast(1)]
    public int Restarts { get; init; } = Require.AtLeast(1, Restarts);

    /// <inheritdoc/>
    public string Name => "square";

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        RunUnchecked(classifier, images, goal, threat, random).Images;

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        using var scope = NewDisposeScope();
        ISquareMoves moves = threat.Norm switch
        {
            Norm.Linf => new SquareLinfMoves(threat.Epsilon),
            Norm.L2 or Norm.L1 => new SquareBumpMoves(threat.Norm, threat.Epsilon),
            _ => throw new InvalidOperationException($"Found the norm {threat.Norm}, expected linf, l2 or l1."),
        };
        var standing = new StandingExamples(classifier, images, goal, random);
        for (var restart = 0; restart < Restarts && standing.Any; restart++)
        {
            using var runScope = NewDisposeScope();
            var left = standing.Left();
            var run = new SquareRun(classifier, moves, Name, restart);
            standing.Keep(left, run.From(left.Images, left.Goal, left.Random.With(restart), Queries, PInit));
        }
        return standing.Findings;
    }
}
