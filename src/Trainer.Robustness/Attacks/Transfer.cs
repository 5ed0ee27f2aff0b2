using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Images that an attack finds for another network (Papernot et al. 2016, arXiv:1605.07277): where they fool a network that
/// attacks on its own gradients do not, those gradients mislead. The attacked network itself is not looked at.
/// </summary>
/// <param name="Attack">What attacks the other network.</param>
/// <param name="Source">The other network, in the mode in which it is to be attacked; of the same classes.</param>
public sealed record Transfer(IAttack Attack, Classifier Source) : IAttack
{
    /// <inheritdoc/>
    public string Name => $"transfer-{Attack.Name}";

    /// <inheritdoc/>
    public GoalKind? Goal => Attack.Goal;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public string? Caution(int classes) => Attack.Caution(classes);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The two networks have different numbers of classes.</exception>
    public Tensor Perturb(Classifier classifier, Tensor images, AttackGoal goal, ThreatModel threat, RandomSource random) =>
        Source.Classes == classifier.Classes
            ? Attack.Perturb(Source, images, goal, threat, random)
            : throw new ArgumentException($"Found a source of {Source.Classes} classes, expected the {classifier.Classes} of the network that is attacked.", nameof(classifier));
}
