using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Another attack on a network with noise of its own: each gradient is the mean over several passes, the expectation
/// over transformation (Athalye et al. 2018, arXiv:1707.07397). Attacks without gradients (square, hopskipjump) do not
/// change.
/// </summary>
[Component("eot")]
public sealed record Eot : IAttack
{
    /// <summary>The attack.</summary>
    public required IAttack Attack { get; init; }

    /// <summary>Forward and backward passes for each gradient.</summary>
    [AtLeast(1), FormerName("draws")] public int EotIterations { get; init => field = Require.AtLeast(1, value); } = 20;

    /// <inheritdoc/>
    public string Name => $"{Attack.Name}-eot{EotIterations}";

    /// <inheritdoc/>
    public AttackLossKind? Loss => Attack.Loss;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    bool IAttack.NeedsGradients => Attack.NeedsGradients;

    IReadOnlyList<IAttack>? IAttack.PartsUnder(ThreatModel threat) =>
        Attack.PartsUnder(threat) is { } parts ? [.. parts.Select(part => this with { Attack = part })] : null;

    int? IAttack.TargetsOf(int classes) => Attack.TargetsOf(classes);

    /// <inheritdoc/>
    public string? Caution(int classes) => Attack.Caution(classes);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        var found = Attack.Run(batch with { Loss = new EotLoss(batch.Loss, EotIterations) });
        return found with
        {
            Success = found.Success?.Select(
            what => what is { } it && it != AttackSuccess.Clean ? it with { Attack = Name } : what).ToArray()
        };
    }
}
