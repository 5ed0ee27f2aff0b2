using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The square attack (Andriushchenko et al. 2020, arXiv:1912.00049): random changes of square windows, kept where they
/// raise the loss. It uses only the logits. The schedule of the windows is AutoAttack's, fixed for every number of
/// queries. Departure from the public code: each example draws windows and signs of its own, where the public code
/// shares them over the batch, so that a result does not depend on the batch. An example always leaves at its first
/// success.
/// </summary>
[Component("square")]
public sealed record Square : IAttack
{
    /// <summary>Proposals of each run.</summary>
    [AtLeast(1)] public int Queries { get; init => field = Require.AtLeast(1, value); } = 5000;

    /// <summary>The first windows' share of the image's area, p.</summary>
    [Between(0, 1), FormerName("firstShare")]
    public double PInit { get; init => field = Require.Between(0, 1, value); } = 0.8;

    /// <summary>Independent runs; later ones attack only the examples that are still classified correctly.</summary>
    [AtLeast(1)] public int Restarts { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <summary>
    /// What to maximise; by default the loss of the batch: in training that of the objective, in evaluation the margin.
    /// The paper's is the margin.
    /// </summary>
    [FormerName("goal")] public AttackLossKind? Loss { get; init; }

    /// <inheritdoc/>
    public string Name => "square";

    bool IAttack.NeedsGradients => false;

    // The clean image is the first query, the start the second.
    IAttack? IAttack.WithQueries(int queries) => this with { Queries = queries - 2, Restarts = 1 };

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        ISquareMoves moves = batch.Threat.Norm switch
        {
            Norm.Linf => new SquareLinfMoves(batch.Threat.Epsilon),
            Norm.L2 or Norm.L1 => new SquareBumpMoves(batch.Threat.Norm, batch.Threat.Epsilon),
            _ => throw batch.Threat.UnknownNorm(),
        };
        return RemainingExamples.Attack(
            batch.With(Loss) with { StopAtSuccess = true }, Name, Restarts, (remaining, examples) => SquareRun.Run(
            examples with { Random = examples.Random.With(remaining.Run) }, moves, this, remaining));
    }
}
