using Trainer.Robustness.Components;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// An immutable description of an attack. It leaves the classifier as it found it: each module's mode, every
/// <c>requires_grad</c>, every gradient, and torch's global generators. Attacks implement the unchecked methods, which the
/// engine calls; call <see cref="CheckedAttacks.Perturb"/> and <see cref="CheckedAttacks.Find"/>, which check their arguments.
/// </summary>
[ComponentKind("attacks")]
public interface IAttack
{
    /// <summary>How the attack is called in tables: "pgd-20".</summary>
    string Name { get; }

    /// <summary>The goal that the recipe asks for; null leaves it to the user of the attack.</summary>
    AttackLossKind? Goal { get; }

    /// <summary>The bound that every perturbation keeps, in the threat model's norm.</summary>
    double Bound(ThreatModel threat) => threat.Epsilon;

    /// <summary>
    /// The attacks that this one consists of, each tried on the examples that those before it left; null for a single one.
    /// </summary>
    IReadOnlyList<IAttack>? PartsUnder(ThreatModel threat) => null;

    /// <summary>
    /// What the attack does otherwise than its name says for a number of classes, for people to read; null where it keeps
    /// to its name.
    /// </summary>
    string? Caution(int classes) => Goal == AttackLossKind.Dlr && classes < DlrLoss.LeastClasses
        ? $"The difference of logits ratio needs {DlrLoss.LeastClasses} classes; with {classes}, {Name} maximises the cross-entropy." : null;

    /// <summary>
    /// Searches adversarial images, each a function of its own row alone: the engine may attack parts of a batch at the
    /// same time, from several threads. The arguments are not checked, so that a training step does not wait for the device.
    /// </summary>
    /// <param name="classifier">Maps images to logits [N, K], in the mode in which it is to be attacked.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1]; not modified.</param>
    /// <param name="goal">What to maximise, for the same N examples.</param>
    /// <param name="threat">The admissible perturbations.</param>
    /// <param name="random">Where all of the attack's randomness comes from.</param>
    /// <returns>Detached float32 [N, C, H, W] within <see cref="Bound"/> and the box.</returns>
    Tensor PerturbUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random);

    /// <summary>
    /// <see cref="PerturbUnchecked"/>, and of each example which part of the attack broke it and when. Broken examples leave the
    /// attack at once, so that the classifier's <see cref="Classifier.Passes"/> tell its cost.
    /// </summary>
    /// <param name="classifier">As for <see cref="PerturbUnchecked"/>.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1]; not modified.</param>
    /// <param name="goal">As for <see cref="PerturbUnchecked"/>.</param>
    /// <param name="threat">The admissible perturbations.</param>
    /// <param name="random">Where all of the attack's randomness comes from.</param>
    AttackResult RunUnchecked(Classifier classifier, Tensor images, AttackLoss goal, ThreatModel threat, RandomSource random) =>
        new(PerturbUnchecked(classifier, images, goal, threat, random), null);
}
