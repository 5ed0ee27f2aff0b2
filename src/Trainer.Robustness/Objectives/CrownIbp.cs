using Trainer.Robustness.Bounds;
using Trainer.Robustness.Components;

namespace Trainer.Robustness.Objectives;

/// <summary>
/// CROWN-IBP (Zhang et al. 2020, arXiv:1906.06316): intermediate bounds by interval arithmetic, and lower bounds of the
/// margins by one backward pass of linear bounds. It weighs 1 − ε / ε_max against the bounds of interval
/// arithmetic, so that training ends as IBP. With loss fusion (Xu et al. 2020, arXiv:2002.12920) the backward pass has
/// one row, a bound of the sum of exp(z_j − z_y) in the loss, instead of one for each class.
/// </summary>
[Component("crown-ibp")]
public sealed record CrownIbp : ICertifiedObjective
{
    // Below it, a chord's slope is that of the exponential.
    private const double PointWidth = 1e-6;

    /// <summary>κ at the full ε: what clean images weigh.</summary>
    [Between(0, 1)] public double Kappa { get; init => field = Require.Between(0, 1, value); }

    /// <summary>κ at the beginning of ε's warm-up.</summary>
    [Between(0, 1)] public double InitialKappa { get; init => field = Require.Between(0, 1, value); } = 1;

    /// <summary>Whether the loss is bounded as a whole, at a K-th of the backward pass's cost for K classes.</summary>
    public bool LossFusion { get; init; } = true;

    /// <summary>The radius, and the regularisers.</summary>
    public BoundTraining Bounds { get; init; } = new();

    /// <inheritdoc/>
    public string? Caution(long epochs, double epsilonWarmupEpochs) => epsilonWarmupEpochs > 0 ? null
        : "crown-ibp: without train.epsilonWarmupEpochs it trains on interval bounds alone, as ibp does, and without "
        + "regularisers. Set it, to a third of the epochs for example.";

    /// <inheritdoc/>
    public ObjectiveLoss LossUnchecked(TrainingBatch batch, Tensor? adversarial)
    {
        var pass = CertifiedPass.Of(batch, Bounds);
        var share = 1 - pass.Progress;
        if (share == 0)
            return pass.Mixed(Kappa, InitialKappa, pass.WorstCase(pass.Bounds.Lower));
        var loss = LossFusion ? Fused(pass.Bounds, share) : pass.WorstCase(
            (share * pass.Bounds.LowerByCrown()) + ((1 - share) * pass.Bounds.Lower));
        return pass.Mixed(Kappa, InitialKappa, loss);
    }

    /// <summary>
    /// The mean logarithm of an upper bound of Σ exp(m_j), m_j = z_j − z_y. Each exp(m_j) is at most its chord between
    /// the interval's ends; all are divided by the largest one, so that none overflows.
    /// </summary>
    /// <returns>Float [].</returns>
    private static Tensor Fused(TrainingBounds bounds, double share)
    {
        var upper = -bounds.Lower;
        var lower = bounds.LowerOfNegatedMargins();
        var shift = upper.amax([1], keepdim: true).detach();
        var (high, low) = ((upper - shift).exp(), (lower - shift).exp());
        var width = upper - lower;
        var isPoint = width.lt(PointWidth);
        var slope = where(isPoint, high, (high - low) / where(isPoint, ones_like(width), width));
        var constant = (high - (slope * upper)).sum(1);
        var byCrown = bounds.UpperByCrown(slope) + constant;
        var sum = (share * byCrown) + ((1 - share) * high.sum(1));
        return (sum.log() + shift.squeeze(1)).mean();
    }
}
