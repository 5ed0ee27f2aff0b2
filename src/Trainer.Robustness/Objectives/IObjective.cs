using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>An immutable description of a training objective: how a batch is attacked, and the loss of the result.</summary>
[ComponentKind("objectives")]
public interface IObjective
{
    /// <summary>The bound that the adversarial images of <see cref="Perturb"/> keep, in the threat model's norm.</summary>
    double Bound(ThreatModel threat);

    /// <summary>How many of a batch's rows, the first ones, stay clean and are not given to <see cref="Perturb"/>.</summary>
    /// <param name="rows">The batch's size N.</param>
    long CleanRows(long rows) => 0;

    /// <summary>How many updates are made on each batch; the number of epochs is divided by it.</summary>
    int Replays => 1;

    /// <summary>Whether the loss makes sense of a row that is partly of one class and partly of another: CutMix, mixup.</summary>
    bool AcceptsMixedLabels => true;

    /// <summary>
    /// Shapes of the tensors that the objective keeps from step to step, by name: float32, zero when the run begins, and
    /// part of every checkpoint. They come back in <see cref="TrainingBatch.Memory"/>.
    /// </summary>
    /// <param name="batch">The shape [N, C, H, W] of a full batch.</param>
    IReadOnlyDictionary<string, long[]> Memory(long[] batch) => new Dictionary<string, long[]>();

    /// <summary>
    /// The adversarial images of a batch, each a function of its own row alone: the engine may ask for parts of a batch
    /// at the same time, from several threads. The attack network is in the mode in which it is to be attacked: leave it so.
    /// </summary>
    /// <param name="batch">Without the rows that stay clean.</param>
    /// <returns>Detached float32 [M, C, H, W], or null where the objective trains on clean images alone.</returns>
    Tensor? Perturb(TrainingBatch batch);

    /// <summary>The loss to minimise.</summary>
    /// <param name="batch">The whole batch.</param>
    /// <param name="adversarial">What <see cref="Perturb"/> returned: the adversarial images of the batch's last M rows.</param>
    ObjectiveLoss Loss(TrainingBatch batch, Tensor? adversarial);
}
