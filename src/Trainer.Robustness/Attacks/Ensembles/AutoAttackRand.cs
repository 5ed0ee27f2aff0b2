using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// AutoAttack's version for networks with noise of their own (Croce and Hein 2020, arXiv:2003.01690): apgd-ce and
/// apgd-dlr with gradients averaged over 20 passes, each on the examples that are still classified correctly. Departure
/// from the public code: for L1 the two go through wider balls first, as in <see cref="AutoAttack"/>; an evaluation has
/// them take all their steps, and judges the image of the greatest loss, where theirs judges one that some draw
/// misclassified.
/// </summary>
[Component("autoattack-rand", Version = 2)]
public sealed record AutoAttackRand : IAttack
{
    private static readonly IReadOnlyList<IAttack> Standard =
        [new ApgdCe { EotIterations = 20 }, new ApgdDlr { EotIterations = 20 }];

    /// <inheritdoc/>
    public string Name => "autoattack-rand";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <summary>Other parts, for tests.</summary>
    internal IReadOnlyList<IAttack>? Parts { get; init; }

    IReadOnlyList<IAttack> IAttack.PartsUnder(ThreatModel threat) => Parts ?? Standard;

    /// <inheritdoc/>
    public string? Caution(int classes) => new ApgdDlr().Caution(classes);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => AttackSequence.Run(Parts ?? Standard, batch, Name);
}
