using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Objectives;

/// <summary>What the rows of a batch are to be classified as.</summary>
/// <param name="Classes">Int64 [N]: the true class; under mixing augmentations the one of the larger share.</param>
/// <param name="Soft">
/// Float32 [N, K], each row summing to 1: label smoothing, mixup, CutMix. It replaces the classes in cross-entropy
/// terms of the loss alone, never in a divergence. Null where every row has one class.
/// </param>
/// <param name="Attacked">
/// Float32 [N, K], each row summing to 1: what attacks on the cross-entropy move away from; the mixed label under mixup
/// and CutMix, and not a smoothed one unless the recipe asks for it. Null for the classes.
/// </param>
public sealed record Targets(Tensor Classes, Tensor? Soft = null, Tensor? Attacked = null)
{
    /// <summary>
    /// Bool [N]: the rows that the engine has set apart (<see cref="IObjective.Isolation"/>); null before it did.
    /// </summary>
    public Tensor? Isolated { get; init; }

    /// <summary>
    /// Which images the rows are; null unless the objective asks for it (<see cref="IObjective.NeedsOrigin"/>).
    /// </summary>
    public ImageOrigin? Origin { get; init; }

    /// <summary>The cross-entropy of each row.</summary>
    /// <param name="logits">Float32 [N, K].</param>
    /// <returns>Float32 [N].</returns>
    public Tensor CrossEntropy(Tensor logits) =>
        nn.functional.cross_entropy(logits, Soft ?? Classes, reduction: nn.Reduction.None);

    /// <summary>The loss of an attack on these rows.</summary>
    /// <param name="kind">What to maximise; losses other than the cross-entropy take the classes.</param>
    /// <param name="classes">K.</param>
    public AttackLoss Loss(AttackLossKind kind, int classes) =>
        kind == AttackLossKind.CrossEntropy ? new CrossEntropyLoss(Classes, Attacked) : kind.For(Classes, classes);

    /// <summary>Consecutive rows: views.</summary>
    public Targets Part(long first, long count) =>
        new(Classes.narrow(0, first, count), Soft?.narrow(0, first, count), Attacked?.narrow(0, first, count))
        {
            Isolated = Isolated?.narrow(0, first, count),
            Origin = Origin?.Part(first, count),
        };
}
