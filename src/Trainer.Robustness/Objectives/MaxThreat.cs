using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Training against several threat models by the worst of them (MAX, Tramèr and Boneh 2019, arXiv:1904.13000): every
/// row is attacked in each, and the loss is the mean cross-entropy of the adversarial image of each row whose
/// cross-entropy is largest. The images are compared in the mode in which the network is attacked.
/// </summary>
[Component("max")]
public sealed record MaxThreat : SeveralThreats
{
    /// <inheritdoc/>
    public override Tensor? PerturbUnchecked(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        return Worst(batch, AttackedByAll(batch)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
        new Mix().CrossEntropy(batch, adversarial);
}
