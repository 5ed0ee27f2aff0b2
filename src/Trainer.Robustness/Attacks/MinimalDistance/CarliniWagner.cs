using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The attack of Carlini and Wagner for L2 (2017, arXiv:1608.04644, section VI.A): Adam minimises ‖x' − x‖² + c ·
/// max(margin, −κ) over w with x' = (tanh w + 1) / 2, for several c found by a binary search for each example. A
/// minimal-distance attack: it succeeds if and only if the distance is at most ε, and the example then leaves; with ε =
/// 0 every run takes all steps, for the smallest change. The distance is the threat model's; what is minimised is L2's,
/// whatever the norm. Draws nothing at random. Departure from the public code: a run is not given up early where its
/// loss no longer falls.
/// </summary>
[Component("cw")]
public sealed record CarliniWagner : IAttack
{
    /// <summary>Iterations for each c, one gradient each.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 1000;

    /// <summary>How many values of c.</summary>
    [AtLeast(1), FormerName("searches")]
    public int BinarySearchSteps { get; init => field = Require.AtLeast(1, value); } = 9;

    /// <summary>Of Adam, in units of w.</summary>
    [Positive] public double LearningRate { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>The first c; ten times as much after a failure, until one succeeds, then bisected.</summary>
    [Positive, FormerName("firstC")]
    public double InitialConst { get; init => field = Require.Positive(value); } = 0.001;

    /// <summary>κ: the least margin of the wrong class.</summary>
    [AtLeast(0)] public double Confidence { get; init => field = Require.AtLeast(0, value); }

    /// <inheritdoc/>
    public string Name => "cw";

    /// <inheritdoc/>
    public AttackLossKind? Loss => AttackLossKind.Margin;

    /// <summary>None: the attack succeeds if and only if the change that it finds is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => RemainingExamples.Attack(
        batch with { StopAtSuccess = true }, Name, 1, (remaining, examples) => CarliniWagnerRun.Run(
        examples with { Loss = examples.Loss.Replaced(new MarginLoss(examples.Loss.Labels)) }, this, remaining));
}
