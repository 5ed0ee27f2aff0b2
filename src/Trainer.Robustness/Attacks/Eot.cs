using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Another attack on a network with noise of its own: each gradient is the mean over several passes, the expectation over
/// transformation (Athalye et al. 2018, arXiv:1707.07397). Attacks that ask for no gradient (square, hopskipjump) stay as they are.
/// </summary>
/// <param name="Attack">The attack.</param>
/// <param name="Draws">Forward and backward passes for each gradient.</param>
[Component("eot")]
public sealed record Eot(IAttack Attack, int Draws = 20) : IAttack
{
    /// <summary>Forward and backward passes for each gradient.</summary>
    [AtLeast(1)]
    public int Draws { get; init; } = Require.AtLeast(1, Draws);

    /// <inheritdoc/>
    public string Name => $"{Attack.Name}-eot{Draws}";

    /// <inheritdoc/>
    public AttackLossKind? Goal => Attack.Goal;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    IReadOnlyList<IAttack>? IAttack.PartsUnder(ThreatModel threat) =>
        Attack.PartsUnder(threat) is { } parts ? [.. parts.Select(part => this with { Attack = part })] : null;

    /// <inheritdoc/>
    public string? Caution(int classes) => Attack.Caution(classes);

    /// <inheritdoc/>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        Attack.PerturbUnchecked(classifier, images, new EotLoss(goal, Draws), threat, random);

    /// <inheritdoc/>
    public AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        var found = Attack.RunUnchecked(classifier, images, new EotLoss(goal, Draws), threat, random);
        return found with { Breaks = found.Breaks?.Select(what => what is { } it && it != AttackSuccess.Clean ? it with { Attack = Name } : what).ToArray() };
    }
}
