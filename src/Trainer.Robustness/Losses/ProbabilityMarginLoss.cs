using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Losses;

/// <summary>
/// The losses of <see cref="Pma"/>: probabilities, each times the factor of the present step. Where the largest other
/// probability is below 1e-10, the example's gradient is as long as if it were 1e-10, within the range of float32: no
/// step depends on its length.
/// </summary>
/// <param name="labels">Int64 [N], the true classes.</param>
/// <param name="schedule">Of the run.</param>
internal sealed class ProbabilityMarginLoss(Tensor labels, PmaSchedule schedule) : AttackLoss(labels)
{
    private const double Least = 1e-10;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var index = Labels.unsqueeze(1);
        // The other classes' probabilities relative to the largest of them, which do not underflow.
        var logarithms = nn.functional.log_softmax(logits.to(ScalarType.Float64), 1)
            .scatter(1, index, full_like(index, double.NegativeInfinity, ScalarType.Float64));
        var largest = logarithms.detach().amax(1).unsqueeze(1);
        var others = (logarithms - largest).exp();
        var (ofOther, ofTrue) = schedule.Factors;
        // The true class's probability is 1 less the others', whose gradient is exact where it rounds to 1.
        var loss = others.amax(1) * ofOther - others.sum(1) * ofTrue;
        var probability = largest.squeeze(1).exp();
        var scaled = loss * probability.clamp_min(Least);
        return (loss.detach() * probability + ofTrue + (scaled - scaled.detach())).to(logits.dtype)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new ProbabilityMarginLoss(Labels.index_select(0, rows), schedule);
}
