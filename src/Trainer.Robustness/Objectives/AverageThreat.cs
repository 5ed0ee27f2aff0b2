using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Training against the average of several threat models (AVG, Tramèr and Boneh 2019, arXiv:1904.13000): every row is
/// attacked in each, and the loss is the mean cross-entropy of all adversarial images, in one forward pass.
/// </summary>
[Component("average")]
public sealed record AverageThreat : SeveralThreats
{
    /// <inheritdoc/>
    public override int AdversarialImages => Threats.Count;

    /// <inheritdoc/>
    public override Tensor? PerturbUnchecked(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        return AttackedByAll(batch).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        ArgumentNullException.ThrowIfNull(adversarial);
        var count = adversarial.shape[1];
        var logits = batch.Network.Logits(null, adversarial.transpose(0, 1).flatten(0, 1), Normalise.Joint)
            .Adversarial!;
        var losses = logits.chunk(count).Select(batch.Targets.CrossEntropy);
        return new(
            cat([.. losses], 0).mean(), Adversarial: new(logits, batch.Labels.repeat([count])));
    }
}
