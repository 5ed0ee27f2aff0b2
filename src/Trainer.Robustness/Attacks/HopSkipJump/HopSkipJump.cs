using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// HopSkipJump (Chen, Jordan and Wainwright 2020, arXiv:1904.02144, algorithm 2): moves along the decision boundary
/// towards the example and uses only the predicted class. It minimises L∞ where the threat model has that norm, L2
/// elsewhere. A minimal-distance attack: it succeeds if and only if the distance is at most ε, and the example then
/// leaves; with ε = 0 it runs to the end. It starts at a random image of another class; where none is found, the
/// example counts as robust. Iteration t takes √t · initialNumEvals queries to estimate the gradient's direction and
/// about 30 for the step and the return to the boundary: about 18,000 queries in all by default. Departure from the
/// public code: half of the candidates for the start are coarse noise, because a robust network predicts one class for
/// all fine noise.
/// </summary>
[Component("hopskipjump")]
public sealed record HopSkipJump : IAttack
{
    /// <summary>Iterations.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 40;

    /// <summary>Queries for the first iteration's direction, B₀.</summary>
    [AtLeast(1), FormerName("firstQueries")]
    public int InitialNumEvals { get; init => field = Require.AtLeast(1, value); } = 100;

    /// <summary>Queries at most for any iteration's direction.</summary>
    [AtLeast(1), FormerName("mostQueries")]
    public int MaxNumEvals { get; init => field = Require.AtLeast(1, value); } = 10000;

    /// <summary>Random images at most among which a start is searched.</summary>
    [AtLeast(1)] public int Tries { get; init => field = Require.AtLeast(1, value); } = 1000;

    /// <inheritdoc/>
    public string Name => "hopskipjump";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <summary>None: the attack succeeds if and only if the change that it finds is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    bool IAttack.NeedsGradients => false;

    IAttack? IAttack.WithQueries(int queries) => new QueryBudget(this, queries);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => RemainingExamples.Attack(
        batch with { StopAtSuccess = true }, Name, 1, (remaining, examples) =>
    {
        var starts = HopSkipJumpStart.Search(examples, Tries);
        remaining.Restrict([.. starts.Keys]);
        if (remaining.Any)
            new HopSkipJumpRun(this, examples.Select(tensor([.. starts.Keys], device: examples.Images.device)))
                .From(cat([.. starts.Values], 0), remaining);
    });
}
