using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Consistency regularisation for smoothed networks (Jeong and Shin 2020, arXiv:2006.04062): over M noisy copies of
/// each image, the mean cross-entropy plus λ · the mean of KL(p̄ ‖ p of a copy) plus η · the entropy of p̄, the mean
/// prediction. Gradients go through both sides of the divergence. The clean accuracy that is logged is that of p̄.
/// The public code makes M updates of N / M images each of a batch of N; here a batch is one update.
/// </summary>
[Component("consistency")]
public sealed record Consistency : IObjective
{
    /// <summary>σ: the standard deviation of the noise, in image units.</summary>
    [Positive] public required double Sigma { get; init => field = Require.Positive(value); }

    /// <summary>λ: what the divergence weighs; on MNIST the paper's is 10 at σ 0.25 and 5 at 0.5 and 1.</summary>
    [AtLeast(0)] public required double Lambda { get; init => field = Require.AtLeast(0, value); }

    /// <summary>η: what the entropy weighs.</summary>
    [AtLeast(0)] public double Eta { get; init => field = Require.AtLeast(0, value); } = 0.5;

    /// <summary>M: the noisy copies of each image in a step.</summary>
    [AtLeast(2)] public int Draws { get; init => field = Require.AtLeast(2, value); } = 2;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => 0;

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => null;

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var copies = NoisyCopies.Of(batch, Sigma, Draws);
        var logits = batch.Network.Logits(copies.Of(batch.Images), null, Normalise.Joint).Clean!;
        var mean = MeanPrediction.Of(logits, Draws);
        var divergence = stack([.. logits.chunk(Draws).Select(copy => Divergence.PerRow(mean, copy.log_softmax(1)))])
            .mean([0]);
        var entropy = -(mean.exp() * mean).sum(1);
        var loss = copies.CrossEntropy(logits, batch.Targets) + (Lambda * divergence) + (Eta * entropy);
        return new(loss.mean(), Clean: copies.Predictions(logits, batch.Labels));
    }
}
