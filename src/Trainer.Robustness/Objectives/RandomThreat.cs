using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Training against several threat models, one of them for each batch, which is drawn evenly (as SAT, Madaan et al.
/// 2021, arXiv:2006.12135, does): the mean cross-entropy of its adversarial images.
/// </summary>
[Component("random")]
public sealed record RandomThreat : SeveralThreats
{
    /// <inheritdoc/>
    public override Tensor? PerturbUnchecked(TrainingBatch batch) =>
        Attacked(batch, Draw(batch, [.. Threats.Select(_ => 1.0 / Threats.Count)]));

    /// <inheritdoc/>
    public override ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial) =>
        new Mix().CrossEntropy(batch, adversarial);
}
