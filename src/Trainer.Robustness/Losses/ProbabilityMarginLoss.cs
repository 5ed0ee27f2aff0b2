using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Losses;

/// <summary>
/// The losses of <see cref="Pma"/>: probabilities, each times the factor of the present step. Each example's gradient
/// is divided by its largest other probability, so that it stays within the range of float32. No step depends on its
/// length.
/// </summary>
/// <param name="labels">Int64 [N], the true classes.</param>
/// <param name="schedule">Of the run.</param>
internal sealed class ProbabilityMarginLoss(Tensor labels, PmaSchedule schedule) : AttackLoss(labels)
{
    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var index = Labels.unsqueeze(1);
        var probabilities = nn.functional.softmax(logits.to(ScalarType.Float64), 1);
        var others = probabilities.scatter(1, index, zeros_like(index, probabilities.dtype));
        var other = others.amax(1);
        var (ofOther, ofTrue) = schedule.Factors;
        // The true class's probability as 1 less the others', whose gradient is exact where it rounds to 1.
        var loss = other * ofOther + (1 - others.sum(1)) * ofTrue;
        var scaled = loss / other.detach().clamp_min(1e-300);
        return (loss.detach() + scaled - scaled.detach()).to(logits.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new ProbabilityMarginLoss(Labels.index_select(0, rows), schedule);
}
