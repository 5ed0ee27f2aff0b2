using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// An immutable description of an attack. It leaves the classifier as it found it: each module's mode, every
/// <c>requires_grad</c>, every gradient, and torch's global generators.
/// </summary>
[ComponentKind("attacks")]
public interface IAttack
{
    /// <summary>The name of the attack in tables: "pgd-20".</summary>
    string Name { get; }

    /// <summary>
    /// What an evaluation's random numbers depend on besides seed and image: attacks of the same name draw the same
    /// ones in their first part, in their second and so on.
    /// </summary>
    string RandomName => Name;

    /// <summary>
    /// The loss that <see cref="Run"/> maximises in the place of the batch's; null where it maximises the batch's, or
    /// has losses that no recipe names.
    /// </summary>
    AttackLossKind? Loss { get; }

    /// <summary>The bound that every perturbation keeps, in the threat model's norm.</summary>
    double Bound(ThreatModel threat) => threat.Epsilon;

    /// <summary>Whether it goes by the gradients of the attacked network.</summary>
    bool NeedsGradients => true;

    /// <summary>
    /// The attack with exactly so many queries at most for each example, its clean image among them; null where the
    /// attack cannot keep a number. The verdicts of the evaluation before and after the attack are not its queries.
    /// </summary>
    /// <param name="queries">At least 3.</param>
    IAttack? WithQueries(int queries) => null;

    /// <summary>
    /// The attacks that this one consists of, each run on the examples that remain correct after those before it; null
    /// for a single one.
    /// </summary>
    IReadOnlyList<IAttack>? PartsUnder(ThreatModel threat) => null;

    /// <summary>
    /// The number of target classes, each attacked in runs of its own: at most all classes but the true one. Null for
    /// an attack without targets.
    /// </summary>
    int? TargetsOf(int classes) => null;

    /// <summary>
    /// How the attack departs from its name for a number of classes, as a sentence for users; null where it does not.
    /// </summary>
    string? Caution(int classes) => Loss == AttackLossKind.Dlr ? DlrLoss.Caution(Name, classes) : null;

    /// <summary>
    /// Searches adversarial images, each a function of its own row alone: the engine may attack parts of a batch at the
    /// same time, from several threads. It is called with gradients switched on or off: an attack that differentiates
    /// by other means than <see cref="AttackLoss.At(Classifier, Tensor)"/> switches them on, by <c>enable_grad()</c>.
    /// </summary>
    /// <param name="batch">What is attacked; its images are not modified.</param>
    AttackResult Run(AttackBatch batch);
}
