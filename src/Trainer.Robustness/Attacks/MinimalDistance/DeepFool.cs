using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// DeepFool (Moosavi-Dezfooli et al. 2016, arXiv:1511.04599): steps onto the nearest of the linearised boundaries until
/// one is crossed. For L1 a step changes the one value of the greatest gradient that the box lets move. Departure:
/// iterates are clamped to the box, so that the result is an image.
/// </summary>
[Component("deepfool")]
public sealed record DeepFool : IAttack
{
    /// <summary>Iterations at most, each of a forward pass and a backward pass for every other class.</summary>
    [AtLeast(1)] public int Steps { get; init => field = Require.AtLeast(1, value); } = 50;

    /// <summary>By what share the sum of the steps is lengthened.</summary>
    [AtLeast(0)] public double Overshoot { get; init => field = Require.AtLeast(0, value); } = 0.02;

    /// <inheritdoc/>
    public string Name => "deepfool";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <summary>None: the attack succeeds if and only if the change that it finds is within ε.</summary>
    public double Bound(ThreatModel threat) => double.PositiveInfinity;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => RemainingExamples.Attack(
        batch with { StopAtSuccess = true }, Name, 1,
        (remaining, examples) => DeepFoolRun.Run(examples, this, remaining));
}
