using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// <see cref="AutoAttack"/> and, on the examples that it leaves, three attacks that it does not have:
/// <see cref="MultiTargeted"/>, <see cref="Malt"/> and <see cref="Pma"/>, each with its default parameters.
/// AutoAttack's parts draw the same random numbers as in AutoAttack itself, so that the accuracy of a deterministic
/// network is never above AutoAttack's.
/// </summary>
[Component("autoattack+")]
public sealed record AutoAttackPlus : IAttack
{
    private static readonly IReadOnlyList<IAttack> Later = [new MultiTargeted(), new Malt(), new Pma()];

    /// <inheritdoc/>
    public string Name => "autoattack+";

    /// <inheritdoc/>
    public string RandomName => new AutoAttack().Name;

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <summary>Other parts, for tests.</summary>
    internal IReadOnlyList<IAttack>? Parts { get; init; }

    IReadOnlyList<IAttack> IAttack.PartsUnder(ThreatModel threat) => PartsFor(threat.Norm);

    /// <inheritdoc/>
    public string? Caution(int classes) => TargetedDlrLoss.Caution(classes, "apgd-t", "malt");

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => AttackSequence.Run(PartsFor(batch.Threat.Norm), batch, Name);

    private IReadOnlyList<IAttack> PartsFor(Norm norm) => Parts ?? [.. AutoAttack.PartsFor(norm), .. Later];
}
