using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Images that an attack finds for another network (Papernot et al. 2016, arXiv:1605.07277): where they fool a network
/// that attacks on its own gradients do not, those gradients mislead. The attacked network itself is not looked at; its
/// passes count those of the other. An attack that ends at its first success, such as square, transfers less than
/// one that continues.
/// </summary>
/// <param name="Attack">What attacks the other network.</param>
/// <param name="Source">The other network, in the mode in which it is to be attacked; of the same classes.</param>
public sealed record Transfer(IAttack Attack, Classifier Source) : IAttack
{
    /// <inheritdoc/>
    public string Name => $"transfer-{Attack.Name}";

    /// <inheritdoc/>
    public AttackLossKind? Loss => Attack.Loss;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    int? IAttack.TargetsOf(int classes) => Attack.TargetsOf(classes);

    /// <inheritdoc/>
    public string? Caution(int classes) => Attack.Caution(classes);

    bool IAttack.NeedsGradients => false;

    // It does not ask the attacked network.
    IAttack? IAttack.WithQueries(int queries) => this;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The two networks have different numbers of classes.</exception>
    public AttackResult Run(AttackBatch batch)
    {
        if (Source.Classes != batch.Classifier.Classes)
            throw new ArgumentException(
                $"Found a source of {Source.Classes} classes, expected the {batch.Classifier.Classes} of the network "
                + "that is attacked.", nameof(batch));
        return new(Attack.Run(batch with { Classifier = Source.CountedBy(batch.Classifier), StopAtSuccess = false })
            .Images);
    }
}
