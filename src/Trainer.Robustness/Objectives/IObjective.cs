using Trainer.Robustness.Components;
using Trainer.Robustness.Native;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// An immutable description of a training objective: how a batch is attacked, and the loss of the result. Objectives
/// implement the unchecked methods, which the engine calls; with a batch of your own, call
/// <see cref="CheckedObjectives.Perturb"/> and
/// <see cref="CheckedObjectives.Loss"/>, which check their arguments.
/// </summary>
[ComponentKind("objectives")]
public interface IObjective
{
    /// <summary>
    /// The bound that the adversarial images of <see cref="PerturbUnchecked"/> keep, in the threat model's norm.
    /// </summary>
    double Bound(ThreatModel threat);

    /// <summary>
    /// The threat models that the objective itself names and trains against; null where it takes the batch's.
    /// </summary>
    IReadOnlyList<ThreatModel>? ThreatModels => null;

    /// <summary>How many adversarial images <see cref="PerturbUnchecked"/> finds for each attacked row.</summary>
    int AdversarialImages => 1;

    /// <summary>
    /// How far adversarial images leave the bound or the box, as <see cref="ThreatModel.Violation"/> has it: not above
    /// zero where everything holds.
    /// </summary>
    /// <param name="batch">The attacked rows alone.</param>
    /// <param name="adversarial">What <see cref="PerturbUnchecked"/> returned for them.</param>
    /// <returns>Float [].</returns>
    Tensor Violation(TrainingBatch batch, Tensor adversarial) =>
        batch.Threat.Violation(batch.Images, adversarial, Bound(batch.Threat));

    /// <summary>
    /// How many of a batch's rows, the first ones, stay clean and are not given to <see cref="PerturbUnchecked"/>.
    /// </summary>
    /// <param name="rows">The batch's size N.</param>
    long CleanRows(long rows) => 0;

    /// <summary>
    /// What rows of a batch weigh in its loss. Processes that train together share a batch: the loss of all of it is
    /// the mean of theirs with these weights.
    /// </summary>
    /// <param name="clean">The number of rows that stay clean.</param>
    /// <param name="attacked">The number of the others.</param>
    double LossWeight(long clean, long attacked) => clean + attacked;

    /// <summary>How many updates are made on each batch; the number of epochs is divided by it.</summary>
    int Replays => 1;

    /// <summary>
    /// Whether the loss makes sense of a row that is partly of one class and partly of another: CutMix, mixup.
    /// </summary>
    bool AcceptsMixedLabels => true;

    /// <summary>
    /// Whether a row's adversarial image or loss depends on the batch's other rows. Then <see cref="PerturbUnchecked"/>
    /// is given all attacked rows at once, and a run has one process.
    /// </summary>
    bool NeedsWholeBatch => false;

    /// <summary>
    /// Whether the objective has to know which training images its rows are: <see cref="Targets.Origin"/>.
    /// </summary>
    bool NeedsOrigin => false;

    /// <summary>
    /// Whether the loss has gradients in it (<see cref="GuardedCalls.Gradients"/> with <c>createGraph</c>), so that its
    /// own is of second order. Without saying so, a run that is resumed may differ in bits from one that was not.
    /// </summary>
    bool DifferentiatesTwice => false;

    /// <summary>
    /// Called before the first step of a run, and before that of a resumed one: refuses a network that the objective
    /// cannot train, and switches oneDNN off where it would compute one of the steps wrongly, so that all of them are
    /// computed alike.
    /// </summary>
    /// <param name="network">The network in training.</param>
    /// <exception cref="NotSupportedException">The objective cannot train it.</exception>
    void Prepare(Classifier network)
    {
        if (DifferentiatesTwice)
            OneDnn.DisableIfWrongForSecondDerivatives(network.Network);
    }

    /// <summary>
    /// Images that the engine sets apart for the objective; null for none. No checkpoint before they are used counts as
    /// the best.
    /// </summary>
    Isolation? Isolation => null;

    /// <summary>
    /// Whether the loss is of bounds, of which batch norm takes the statistics of clean images:
    /// <see cref="TrainingNetwork.CleanAlone"/>. A recipe that sets batch norm otherwise is refused.
    /// </summary>
    bool TrainsOnBounds => false;

    /// <summary>A warning about a run of so many epochs, one sentence or two; null for none.</summary>
    /// <param name="epochs">How many epochs the run has.</param>
    /// <param name="epsilonWarmupEpochs">Over how many of them ε grows.</param>
    string? Caution(long epochs, double epsilonWarmupEpochs) => null;

    /// <summary>
    /// β of gradient projection (Jiang and Singh 2024, arXiv:2402.06827), from 0 to 1; 0 for none. Above 0 the engine
    /// also trains a copy of the network: from the weights of the epoch's beginning, on the same batches without an
    /// attack, with an optimiser of its own. At the end of the epoch each tensor w of the network, which was w₀ at its
    /// beginning, becomes w₀ + β · max(0, cos(Δ, Δ')) · Δ' + (1 − β) · Δ, where Δ is its change and Δ' that of the
    /// copy's tensor.
    /// </summary>
    double GradientProjection => 0;

    /// <summary>The learning rate of an epoch; null for the schedule's.</summary>
    /// <param name="epoch">Counted from 1.</param>
    double? LearningRate(long epoch) => null;

    /// <summary>
    /// The tensors that the objective keeps from step to step, by name: zero when the run begins, and part of every
    /// checkpoint. They come back in <see cref="TrainingBatch.State"/>.
    /// </summary>
    /// <param name="sizes">Of the run.</param>
    IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) => new Dictionary<string, StateTensor>();

    /// <summary>
    /// The adversarial images of a batch. Unless <see cref="NeedsWholeBatch"/>, each is a function of its own row
    /// alone: the engine may ask for parts of a batch at the same time, from several threads. The attack network is in
    /// the mode in which it is to be attacked: leave it so. The arguments are not checked, so that a training step does
    /// not wait for the device.
    /// </summary>
    /// <param name="batch">Without the rows that stay clean.</param>
    /// <returns>
    /// Detached float32 [M, C, H, W], or [M, <see cref="AdversarialImages"/>, C, H, W] where a row has several; null
    /// where the objective trains on clean images alone.
    /// </returns>
    Tensor? PerturbUnchecked(TrainingBatch batch);

    /// <summary>
    /// The loss to minimise. The arguments are not checked, so that a training step does not wait for the device.
    /// </summary>
    /// <param name="batch">The whole batch.</param>
    /// <param name="adversarial">
    /// What <see cref="PerturbUnchecked"/> returned: the adversarial images of the batch's last M rows.
    /// </param>
    ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial);
}
