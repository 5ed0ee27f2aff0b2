using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// The generalised Kullback-Leibler divergence (GKL, Cui et al. 2025, arXiv:2503.08038): the cross-entropy of the clean
/// images, plus α · the cross-entropy of the adversarial predictions with the clean probabilities, which get no
/// gradient, plus β · ¼ Σ w_jk (Δ_jk − Δ'_jk)² / Σ w_jk, both sums over the attacked rows of the batch, with Δ_jk = z_j
/// − z_k of the clean logits, Δ' of the adversarial ones, gradients to both, and w_jk = (s_j s_k)^γ. s is the mean of
/// softmax(z / T) of the clean images of the row's class over the epoch before; 1 / K in the first, and of a class
/// without an image there. The first paper (IKL, arXiv:2305.13948) is γ 1 and T 4. The attack maximises the divergence;
/// in the public code ε rises over all epochs (<c>train.epsilonWarmupEpochs</c> as many as <c>train.epochs</c>). Labels
/// that are smoothed or mixed enter the cross-entropy alone: a row's class is its true one, or that of its larger
/// share. Batch norm: running statistics move by clean, then by adversarial images, as in all objectives; the public
/// code's order is that of <c>batchNorm.update</c> adversarial, natural.
/// </summary>
[Component("gkl")]
public sealed record Gkl : DivergenceObjective, IObjective
{
    private const string Sums = "sums", Weights = "weights", Epoch = "epoch";

    /// <summary>α: what the cross-entropy weighs; 4 in the paper's training of WRN-34-10 on CIFAR-10.</summary>
    [AtLeast(0)] public double Alpha { get; init => field = Require.AtLeast(0, value); } = 4;

    /// <summary>β: what the squared error weighs; 20 there.</summary>
    [AtLeast(0)] public double Beta { get; init => field = Require.AtLeast(0, value); } = 20;

    /// <summary>γ: the power of the class means; 0.2 there, 0.4 on CIFAR-100.</summary>
    [AtLeast(0)] public double Gamma { get; init => field = Require.AtLeast(0, value); } = 0.2;

    /// <summary>T: the temperature of the class means.</summary>
    [Positive] public double Temperature { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    /// <remarks>
    /// The sums of the epoch's probabilities by class, the class means of the epoch before, and the epoch's number.
    /// </remarks>
    public IReadOnlyDictionary<string, StateTensor> State(TrainingSizes sizes) => new Dictionary<string, StateTensor>
    {
        [Sums] = new([sizes.Classes, sizes.Classes]),
        [Weights] = new([sizes.Classes, sizes.Classes]),
        [Epoch] = new([]),
    };

    /// <inheritdoc/>
    public override ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var means = ClassMeans(batch);
        var loss = Mix.AgainstClean(batch, adversarial, rows =>
        {
            var weights = means.to(rows.Clean!.dtype).index_select(0, rows.Targets.Classes).pow(Gamma);
            return rows.Targets.CrossEntropy(rows.Clean!)
                + (Alpha * DecoupledDivergence.CrossEntropy(rows.Clean!, rows.Adversarial))
                + (Beta / batch.Mean(weights.sum(1).square())
                    * DecoupledDivergence.SquaredError(rows.Clean!, rows.Adversarial, weights));
        });
        return loss.Clean is not { } clean ? loss : loss with { AfterStep = () => Add(batch, means, clean) };
    }

    /// <summary>Those that weigh in this epoch: float32 [K, K], a row for each class.</summary>
    private static Tensor ClassMeans(TrainingBatch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var sums = batch.State[Sums];
        var totals = sums.sum([1], keepdim: true);
        var found = where(totals.gt(0), sums / totals.clamp(min: 1e-30), full_like(sums, 1.0 / sums.shape[0]));
        return where(IsNew(batch), found, batch.State[Weights]).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the clean predictions of a step to their classes.</summary>
    private void Add(TrainingBatch batch, Tensor means, Predictions clean)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var probabilities = (clean.Logits.detach() / Temperature).softmax(1);
        var found = zeros_like(means, probabilities.dtype).index_add_(0, clean.Labels, probabilities, 1);
        batch.Combine?.Invoke([found]);
        var (sums, isNew) = (batch.State[Sums], IsNew(batch));
        sums.copy_(where(isNew, found, sums + found));
        batch.State[Weights].copy_(means);
        batch.State[Epoch].fill_(batch.Epoch);
    }

    /// <summary>Whether this is the first step of an epoch.</summary>
    private static Tensor IsNew(TrainingBatch batch) => batch.State[Epoch].lt(batch.Epoch);
}
