using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Anti-backdoor learning (Li et al. 2021, arXiv:2110.11571) of training images that may be poisoned, in three phases.
/// Tuning keeps the batch's mean cross-entropy at γ, so that only images that are learnt fast have a small loss; then
/// those of the smallest loss are isolated. Fine-tuning trains on all others. Unlearning minimises the mean
/// cross-entropy of the others less that of the isolated ones, at a learning rate of its own: the paper's difference of
/// expectations, where a batch has as many isolated rows as their share lets expect. The public code (bboylyg/ABL)
/// ascends in batches of isolated images alone. No row is attacked.
/// </summary>
[Component("abl")]
public sealed record Abl : IObjective
{
    /// <summary>Epochs before images are isolated; 10 in the public code, 20 in the paper.</summary>
    [AtLeast(1)] public int TuningEpochs { get; init => field = Require.AtLeast(1, value); } = 20;

    /// <summary>Epochs on the other images, before unlearning, which takes the rest of the run.</summary>
    [AtLeast(0)] public int FineTuningEpochs { get; init => field = Require.AtLeast(0, value); } = 60;

    /// <summary>How tuning keeps the loss from falling.</summary>
    public AblTuning Tuning { get; init; } = AblTuning.Flooding;

    /// <summary>γ: the mean loss of a batch that tuning stays at.</summary>
    [AtLeast(0)] public double Gamma { get; init => field = Require.AtLeast(0, value); } = 0.5;

    /// <summary>The share of the training images that is isolated.</summary>
    [Fraction] public double IsolationRate { get; init => field = Require.Fraction(value); } = 0.01;

    /// <summary>What unlearning does with the isolated images.</summary>
    public AblUnlearning Unlearning { get; init; } = AblUnlearning.Ascent;

    /// <summary>The learning rate of unlearning, instead of the schedule's.</summary>
    [Positive] public double UnlearningRate { get; init => field = Require.Positive(value); } = 5e-4;

    /// <inheritdoc/>
    public bool AcceptsMixedLabels => false;

    /// <inheritdoc/>
    public Isolation? Isolation => new(TuningEpochs, TuningEpochs + FineTuningEpochs, IsolationRate);

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => 0;

    /// <inheritdoc/>
    public double? LearningRate(long epoch) => epoch > TuningEpochs + FineTuningEpochs ? UnlearningRate : null;

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => null;

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var logits = batch.Network.Logits(batch.Images, null, Normalise.Joint).Clean!;
        var losses = batch.Targets.CrossEntropy(logits);
        return new(Loss(losses, logits, batch), Clean: new(logits, batch.Labels));
    }

    private Tensor Loss(Tensor losses, Tensor logits, TrainingBatch batch)
    {
        if (batch.Targets.Isolated is not { } isolated)
            return Tuned(losses.mean());
        var kept = isolated.logical_not().to(losses.dtype);
        var others = losses.mul(kept).sum() / kept.sum().clamp_min(1);
        return batch.Epoch <= TuningEpochs + FineTuningEpochs ? others
            : others + Unlearnt(losses, logits, batch.Labels).mul(1 - kept).sum() / (IsolationRate * losses.shape[0]);
    }

    private Tensor Unlearnt(Tensor losses, Tensor logits, Tensor labels)
    {
        if (Unlearning == AblUnlearning.Ascent)
            return -losses;
        var isLabel = nn.functional.one_hot(labels, logits.shape[1]).to(ScalarType.Bool);
        return logits.logsumexp(1) - logits.masked_fill(isLabel, double.NegativeInfinity).logsumexp(1);
    }

    private Tensor Tuned(Tensor loss) => Tuning == AblTuning.Flooding
        ? (loss - Gamma).abs() + Gamma
        : loss * (loss.detach() - Gamma).sign();
}
