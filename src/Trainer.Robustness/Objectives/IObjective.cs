using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>An immutable description of a training objective: how a batch is attacked, and the loss of the result.</summary>
[ComponentKind("objectives")]
public interface IObjective
{
    /// <summary>The bound that the adversarial images of <see cref="Perturb"/> keep, in the threat model's norm.</summary>
    double Bound(ThreatModel threat);

    /// <summary>
    /// The adversarial images of a batch, each a function of its own row alone: the engine may ask for parts of a batch
    /// at the same time, from several threads.
    /// </summary>
    /// <returns>Detached float32 [N, C, H, W], or null where the objective trains on clean images alone.</returns>
    Tensor? Perturb(TrainingBatch batch);

    /// <summary>The loss to minimise.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="adversarial">What <see cref="Perturb"/> returned.</param>
    ObjectiveLoss Loss(TrainingBatch batch, Tensor? adversarial);
}
