using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// AutoAttack, standard version (Croce and Hein 2020, arXiv:2003.01690): apgd-ce, apgd-t, fab-t and square with fixed
/// parameters, each on the examples that are still classified correctly. For L1 apgd-ce has 5 restarts and apgd-t 5
/// targets (Croce and Hein 2021, arXiv:2103.01208). Its randomness is each example's own, where the public code seeds
/// torch's global generator once an attack and batch.
/// </summary>
[Component("autoattack", Version = 2)]
public sealed record AutoAttack : IAttack
{
    private static readonly IReadOnlyList<IAttack> Standard =
        [new ApgdCe(), new ApgdTargeted(), new FabTargeted(), new Square()];
    private static readonly IReadOnlyList<IAttack> StandardL1 =
        [new ApgdCe { Restarts = 5 }, new ApgdTargeted { Targets = 5 }, new FabTargeted(), new Square()];

    /// <inheritdoc/>
    public string Name => "autoattack";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <summary>Other parts, for tests.</summary>
    internal IReadOnlyList<IAttack>? Parts { get; init; }

    /// <summary>The attacks that it is made of.</summary>
    internal static IReadOnlyList<IAttack> PartsFor(Norm norm) => norm == Norm.L1 ? StandardL1 : Standard;

    IReadOnlyList<IAttack> IAttack.PartsUnder(ThreatModel threat) => Parts ?? PartsFor(threat.Norm);

    /// <inheritdoc/>
    public string? Caution(int classes) => TargetedDlrLoss.Caution(classes, "apgd-t");

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => AttackSequence.Run(Parts ?? PartsFor(batch.Threat.Norm), batch, Name);
}
