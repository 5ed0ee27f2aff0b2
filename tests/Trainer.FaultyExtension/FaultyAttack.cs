using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;

namespace Faulty;

/// <summary>An attack that differentiates what has no graph, by the unguarded function.</summary>
[Component("faulty-attack")]
public sealed record FaultyAttack : IAttack
{
    /// <inheritdoc/>
    public string Name => "faulty-attack";

    /// <inheritdoc/>
    public AttackLossKind? Loss => null;

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch) => new(autograd.grad([batch.Images.sum()], [batch.Images])[0]);
}
