using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// HopSkipJump (Chen, Jordan and Wainwright 2020, arXiv:1904.02144, algorithm 2): walks along the decision boundary towards the
/// example, and of the network looks at the predicted class alone. It goes by L∞ where the threat model does, by L2 elsewhere.
/// A minimal-distance attack: an example is broken if and only if the distance is at most ε, and leaves then; with ε = 0 it
/// walks to the end. It starts at a random image of another class; where none is found, the example counts as robust. An iteration t
/// asks √t · initialNumEvals times for the gradient's direction and about 30 times for the step and the way back to the boundary:
/// about 18,000 queries in all by default. Departure from the public code: half of the images that it tries to start from are
/// coarse noise, because a robust network takes all fine noise for one class.
/// </summary>
/// <param name="Steps">Iterations.</param>
/// <param name="InitialNumEvals">For the first iteration's direction, B₀.</param>
/// <param name="MaxNumEvals">For any iteration's direction.</param>
/// <param name="Tries">Images at most that it asks for to start from.</param>
[Component("hopskipjump")]
public sealed record HopSkipJump(int Steps = 40, int InitialNumEvals = 100, int MaxNumEvals = 10000, int Tries = 1000) : IAttack
{
    /// <summary>Iterations.</summary>
    [AtLeast(1)]
    public int Steps { get; init; } = Require.AtLeast(1, Steps);

    /// <summary>For the first iteration's direction.</summary>
    [AtLeast(1)]
    [FormerName("firstQueries")]
    public int InitialNumEvals { get; init; } = Require.AtLeast(1, InitialNumEvals);

    /// <summary>For any iteration's direction.</summary>
    [AtLeast(1)]
    [FormerName("mostQueries")]
    public int MaxNumEvals { get; init; } = Require.AtLeast(1, MaxNumEvals);

    /// <summary>Images to start from.</summary>
    [AtLeast(1)]
    public int Tries { get; init; } = Require.AtLeast(1, Tries);

    /// <inheritdoc/>
    public string Name => "hopskipjump";

    /// <inheritdoc/>
    public AttackLossKind? Goal => null;

    /// <summary>None: an example is broken if and only if the change that was found is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => RemainingExamples.Attack(batch, Name, 1, (remaining, examples) =>
    {
        var starts = HopSkipJumpStart.Search(examples, Tries);
        remaining.Restrict([.. starts.Keys]);
        if (remaining.Any)
            new HopSkipJumpRun(this, examples.Select(tensor([.. starts.Keys], device: examples.Images.device))).From(cat([.. starts.Values], 0), remaining);
    });
}
