using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The square attack (Andriushchenko et al. 2020, arXiv:1912.00049): random changes of square windows, kept where they
/// raise the loss. It uses only the logits. The schedule of the windows is AutoAttack's, fixed for every number of
/// queries. Departure from the public code: each example draws windows and signs of its own, where the public code shares
/// them over the batch, so that a result does not depend on the batch.
/// </summary>
/// <param name="Queries">Proposals of each run.</param>
/// <param name="PInit">The first windows' share of the image's area, p.</param>
/// <param name="Restarts">Independent runs; later ones attack only the examples that are still classified correctly.</param>
/// <param name="Loss">What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin. The paper's is the margin.</param>
[Component("square")]
public sealed record Square(int Queries = 5000, double PInit = 0.8, int Restarts = 1, [property: FormerName("goal")] AttackLossKind? Loss = null) : IAttack
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
    public AttackResult Run(AttackBatch batch)
    {
        ISquareMoves moves = batch.Threat.Norm switch
        {
            Norm.Linf => new SquareLinfMoves(batch.Threat.Epsilon),
            Norm.L2 or Norm.L1 => new SquareBumpMoves(batch.Threat.Norm, batch.Threat.Epsilon),
            _ => throw batch.Threat.UnknownNorm(),
        };
        return RemainingExamples.Attack(batch, Name, Restarts, (remaining, examples) =>
            SquareRun.Run(examples with { Random = examples.Random.With(remaining.Run) }, moves, this, remaining));
    }
}
