using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Losses;

/// <summary>The losses of <see cref="Pma"/>: probabilities, each times the factor of the present step.</summary>
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
        var own = probabilities.gather(1, index).squeeze(1);
        var other = probabilities.scatter(1, index, full_like(index, -1, probabilities.dtype)).amax(1);
        var (ofOther, ofTrue) = schedule.Factors;
        return (other * ofOther + own * ofTrue).to(logits.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new ProbabilityMarginLoss(Labels.index_select(0, rows), schedule);
}
