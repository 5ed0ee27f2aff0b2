using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Training on clean images: the mean cross-entropy. Its networks are not robust; it is what others are compared with.
/// </summary>
[Component("standard")]
public sealed record Standard : IObjective
{
    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => 0;

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => null;

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var logits = batch.Network.Logits(batch.Images, null, Normalise.Joint).Clean!;
        return new(batch.Targets.CrossEntropy(logits).mean(), Clean: new(logits, batch.Labels));
    }
}
