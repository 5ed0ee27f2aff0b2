using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Runs attacks with their arguments checked, which waits for the device. The engine checks its data where it loads them and
/// calls <see cref="IAttack.PerturbUnchecked"/> and <see cref="IAttack.RunUnchecked"/>.
/// </summary>
public static class CheckedAttacks
{
    /// <summary>Searches adversarial images, each a function of its own row alone.</summary>
    /// <param name="attack">The attack.</param>
    /// <param name="classifier">Maps images to logits [N, K], in the mode in which it is to be attacked.</param>
    /// <param name="images">
    /// Float32 [N, C, H, W] in [0, 1], float64 where the network's parameters are; not modified. N may be 0.
    /// </param>
    /// <param name="goal">What to maximise, for the same N examples.</param>
    /// <param name="threat">The admissible perturbations.</param>
    /// <param name="random">Where all of the attack's randomness comes from.</param>
    /// <returns>Detached images like the given ones, within <see cref="IAttack.Bound"/> and the box.</returns>
    /// <exception cref="ArgumentException">An argument is not as described.</exception>
    /// <exception cref="NotFiniteNumberException">The network's logits are NaN or infinite, or their gradient is NaN.</exception>
    public static Tensor Perturb(
        this IAttack attack, Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        Run(attack, classifier, images, goal, threat, random, (watched, originals) =>
            new(attack.PerturbUnchecked(watched, originals, goal, threat, random), null)).Images;

    /// <summary><see cref="Perturb"/>, and of each example which part of the attack broke it and when.</summary>
    /// <inheritdoc cref="Perturb"/>
    public static AttackResult Find(
        this IAttack attack, Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        Run(attack, classifier, images, goal, threat, random, (watched, originals) =>
            attack.RunUnchecked(watched, originals, goal, threat, random));

    private static AttackResult Run(
        IAttack attack, Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random,
        Func<Classifier, Tensor, AttackResult> search)
    {
        AttackArguments.Check(classifier, images, goal, threat, random);
        using var scope = NewDisposeScope();
        var originals = images.detach();
        if (originals.shape[0] == 0)
            return new(originals.clone().MoveToOuterDisposeScope(), []);
        using var watch = new FiniteWatch(images.device);
        var watched = classifier.With(watch);
        AttackResult found;
        try
        {
            found = search(watched, originals);
        }
        finally
        {
            classifier.Count(watched.Passes);
        }
        if (watch.SawNonFinite || !found.Images.isfinite().all().item<bool>())
            throw NotFinite(attack, classifier, originals);
        return found with { Images = found.Images.MoveToOuterDisposeScope() };
    }

    private static NotFiniteNumberException NotFinite(IAttack attack, Classifier classifier, Tensor images)
    {
        using var noGrad = no_grad();
        var before = classifier.Logits(images).isfinite().all(1).logical_not().sum().item<long>();
        return new($"Found logits that are NaN or infinite, or a gradient that is NaN, under {attack.Name}"
            + $" (the logits of {before} of {images.shape[0]} images before the attack), expected finite numbers. {Classifier.WhereToLook}");
    }
}
