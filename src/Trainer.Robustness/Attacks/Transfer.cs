using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Images that an attack finds for another network (Papernot et al. 2016, arXiv:1605.07277): where they fool a network that
/// attacks on its own gradients do not, those gradients mislead. The attacked network itself is not looked at; its passes count
/// those of the other. An attack that ends at its first success, such as apgd, transfers less than one that continues.
/// </summary>
/// <param name="Attack">What attacks the other network.</param>
/// <param name="Source">The other network, in the mode in which it is to be attacked; of the same classes.</param>
public sealed record Transfer(IAttack Attack, Classifier Source) : IAttack
{
    /// <inheritdoc/>
    public string Name => $"transfer-{Attack.Name}";

    /// <inheritdoc/>
    public AttackLossKind? Goal => Attack.Goal;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public string? Caution(int classes) => Attack.Caution(classes);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The two networks have different numbers of classes.</exception>
    public Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random)
    {
        if (Source.Classes != classifier.Classes)
            throw new ArgumentException($"Found a source of {Source.Classes} classes, expected the {classifier.Classes} of the network that is attacked.", nameof(classifier));
        // Counts for this call alone: others may attack the source at the same time.
        var source = Source.With(classifier.Watch);
        var adversarial = Attack.PerturbUnchecked(source, images, goal, threat, random);
        classifier.Count(source.Passes);
        return adversarial;
    }
}
