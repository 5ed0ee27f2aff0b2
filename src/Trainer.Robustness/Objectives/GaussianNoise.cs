using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// Training for a smoothed network by noise alone (Cohen et al. 2019, arXiv:1902.02918): the mean cross-entropy of the
/// images with Gaussian noise. The noise of an image is a function of the run's seed, its place in the batch and the
/// step. The clean accuracy that is logged is that under the noise.
/// </summary>
[Component("gaussian")]
public sealed record GaussianNoise : IObjective
{
    /// <summary>σ: the standard deviation of the noise, in image units.</summary>
    [Positive] public required double Sigma { get; init => field = Require.Positive(value); }

    /// <summary>M: the noisy copies of each image in a step; the paper's is 1.</summary>
    [AtLeast(1)] public int Draws { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => 0;

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => null;

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var copies = NoisyCopies.Of(batch, Sigma, Draws);
        var logits = batch.Network.Logits(copies.Of(batch.Images), null, Normalise.Joint).Clean!;
        return new(
            copies.CrossEntropy(logits, batch.Targets).mean(), Clean: copies.Predictions(logits, batch.Labels));
    }
}
