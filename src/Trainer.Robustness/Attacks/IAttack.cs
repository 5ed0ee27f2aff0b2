using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// An immutable description of an attack. It leaves the classifier as it found it: each module's mode, every
/// <c>requires_grad</c>, every gradient, and torch's global generators.
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
    /// same time, from several threads.
    /// </summary>
    /// <param name="batch">What is attacked; its images are not modified.</param>
    AttackResult Run(AttackBatch batch);
}
