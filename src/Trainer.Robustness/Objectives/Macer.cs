using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// MACER (Zhai et al. 2020, arXiv:2001.02378), which maximises the certified radius: the cross-entropy of the mean
/// softmax over M noisy copies, plus λ · σ / 2 · (γ − [Φ⁻¹(p of the true class) − Φ⁻¹(p of the next)]) for each row
/// that the softmax of β · logits, averaged over the copies, classifies correctly with a difference of at most γ,
/// summed over the batch and divided by its size. As in the public code, rows whose probabilities are so close to 0
/// or 1 that Φ⁻¹ is infinite in float32 have no radius; it adds 1e-10 to the mean softmax, which is left out here.
/// The clean accuracy that is logged is that of the mean softmax.
/// </summary>
[Component("macer")]
public sealed record Macer : IObjective
{
    private const double Middle = 0.5;

    /// <summary>σ: the standard deviation of the noise, in image units.</summary>
    [Positive] public required double Sigma { get; init => field = Require.Positive(value); }

    /// <summary>λ: what the radius weighs.</summary>
    [AtLeast(0)] public double Lambda { get; init => field = Require.AtLeast(0, value); } = 16;

    /// <summary>γ: the largest difference of the two quantiles that is still increased.</summary>
    [Positive] public double Gamma { get; init => field = Require.Positive(value); } = 8;

    /// <summary>β: the inverse temperature of the softmax whose radius is increased.</summary>
    [Positive] public double Beta { get; init => field = Require.Positive(value); } = 16;

    /// <summary>M: the noisy copies of each image in a step.</summary>
    [AtLeast(1)] public int Draws { get; init => field = Require.AtLeast(1, value); } = 16;

    /// <summary>The first epoch that trains on the radius, counted from 1.</summary>
    [AtLeast(1)] public int FromEpoch { get; init => field = Require.AtLeast(1, value); } = 1;

    /// <inheritdoc/>
    public bool AcceptsMixedLabels => false;

    /// <inheritdoc/>
    public string? Caution(long epochs, double epsilonWarmupEpochs) => FromEpoch <= epochs ? null
        : $"macer: the radius counts from epoch {FromEpoch} on, and the run has {epochs}: it trains on noise alone. "
        + $"Set fromEpoch to at most {epochs}, or train longer.";

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => 0;

    /// <inheritdoc/>
    public Tensor? PerturbUnchecked(TrainingBatch batch) => null;

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var copies = NoisyCopies.Of(batch, Sigma, Draws);
        var logits = batch.Network.Logits(copies.Of(batch.Images), null, Normalise.Joint).Clean!;
        var loss = batch.Targets.CrossEntropy(MeanPrediction.Of(logits, Draws));
        if (batch.Epoch >= FromEpoch && Lambda > 0)
            loss += Lambda * Shortfall(logits, batch.Labels);
        return new(loss.mean(), Clean: copies.Predictions(logits, batch.Labels));
    }

    /// <summary>σ / 2 · (γ − difference of the quantiles) of each row that counts; 0 of the others.</summary>
    /// <param name="logits">Float32 [M · N, K].</param>
    /// <param name="labels">Int64 [N].</param>
    /// <returns>Float32 [N].</returns>
    private Tensor Shortfall(Tensor logits, Tensor labels)
    {
        var (largest, classes) = (Beta * logits).view(Draws, -1, logits.shape[1]).softmax(2).mean([0]).topk(2, 1);
        Tensor counts;
        using (no_grad())
        {
            var difference = Quantile(largest.select(1, 0)) - Quantile(largest.select(1, 1));
            counts = classes.select(1, 0).eq(labels).logical_and(difference.isfinite())
                .logical_and(difference.le(Gamma));
        }
        // Rows that do not count take the place of a probability whose quantile has a gradient.
        var kept = where(counts.unsqueeze(1), largest, full_like(largest, Middle));
        var radius = Quantile(kept.select(1, 0)) - Quantile(kept.select(1, 1));
        return where(counts, (Sigma / 2) * (Gamma - radius), zeros_like(radius));
    }

    /// <summary>Φ⁻¹.</summary>
    private static Tensor Quantile(Tensor probability) => special.erfinv((2 * probability) - 1) * Math.Sqrt(2);
}
