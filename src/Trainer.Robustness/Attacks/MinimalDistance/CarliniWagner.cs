using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The attack of Carlini and Wagner for L2 (2017, arXiv:1608.04644, section VI.A): Adam minimises ‖x' − x‖² + c · max(margin, −κ)
/// over w with x' = (tanh w + 1) / 2, for several c found by a binary search for each example. A minimal-distance attack: it
/// succeeds if and only if the distance is at most ε, and the example then leaves; with ε = 0 every run takes all steps, for the
/// smallest change. The distance is the threat model's; what is minimised is L2's, whatever the norm. Draws nothing at random.
/// Departure from the public code: a run is not given up early where its loss no longer falls.
/// </summary>
/// <param name="Steps">Iterations for each c, one gradient each.</param>
/// <param name="BinarySearchSteps">How many values of c.</param>
/// <param name="LearningRate">Of Adam, in units of w.</param>
/// <param name="InitialConst">The first c; ten times as much after a failure, until one succeeds, then bisected.</param>
/// <param name="Confidence">κ: the least margin of the wrong class.</param>
[Component("cw")]
public sealed record CarliniWagner(int Steps = 1000, int BinarySearchSteps = 9, double LearningRate = 0.01, double InitialConst = 0.001, double Confidence = 0) : IAttack
{
    /// <summary>Iterations for each c.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>How many values of c.</summary>
    [AtLeast(1)]
    [FormerName("searches")]
    public int BinarySearchSteps { get; init; } = Require.AtLeast(1, BinarySearchSteps);

    /// <summary>Of Adam.</summary>
    [Positive]
    public double LearningRate { get; init; } = Require.Positive(LearningRate);

    /// <summary>The first c.</summary>
    [Positive]
    [FormerName("firstC")]
    public double InitialConst { get; init; } = Require.Positive(InitialConst);

    /// <summary>The least margin of the wrong class.</summary>
    [AtLeast(0)]
    public double Confidence { get; init; } = Require.AtLeast(0, Confidence);

    /// <inheritdoc/>
    public string Name => "cw";

    /// <inheritdoc/>
    public AttackLossKind? Loss => AttackLossKind.Margin;

    /// <summary>None: the attack succeeds if and only if the change that it finds is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => RemainingExamples.Attack(batch, Name, 1, (remaining, examples) =>
        CarliniWagnerRun.Run(examples with { Loss = examples.Loss.Replaced(new MarginLoss(examples.Loss.Labels)) }, this, remaining));
}
