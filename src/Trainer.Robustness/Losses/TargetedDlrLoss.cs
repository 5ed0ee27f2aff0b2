using Trainer.Robustness.Attacks;

namespace Trainer.Robustness.Losses;

/// <summary>
/// The targeted difference of logits ratio (Croce and Hein 2020, arXiv:2003.01690, equation 7): the target's logit
/// minus the true class's, over the gap between the largest logit and the mean of the third and fourth largest.
/// </summary>
/// <param name="labels">Int64 [N], the true classes.</param>
/// <param name="targets">Int64 [N], the target classes.</param>
public sealed class TargetedDlrLoss(Tensor labels, Tensor targets) : AttackLoss(labels)
{
    /// <summary>The fewest classes that it is defined for.</summary>
    public const int LeastClasses = 4;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are fewer than 4 classes.</exception>
    public override Tensor PerExample(Tensor logits)
    {
        if (logits.shape[1] < LeastClasses)
            throw new ArgumentException(
                $"Found {logits.shape[1]} classes, expected at least {LeastClasses} for the targeted difference of "
                + "logits ratio. Use TargetedMarginLoss.");
        using var scope = NewDisposeScope();
        var (largest, _) = logits.topk(4, 1);
        var own = logits.gather(1, Labels.unsqueeze(1)).squeeze(1);
        var target = logits.gather(1, targets.unsqueeze(1)).squeeze(1);
        var gap = largest.select(1, 0) - 0.5 * (largest.select(1, 2) + largest.select(1, 3));
        return ((target - own) / (gap + DlrLoss.Tiny)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override void Check(long examples, int classes) =>
        AttackArguments.CheckTargets(targets, Labels, classes);

    /// <summary>What attacks by the ratio do with so few classes; null where there are enough.</summary>
    internal static string? Caution(int classes, params IReadOnlyList<string> attacks) => classes >= LeastClasses ? null
        : $"The targeted difference of logits ratio needs {LeastClasses} classes; with {classes}, "
        + $"{string.Join(" and ", attacks)} {(attacks.Count == 1 ? "maximises" : "maximise")} its numerator, the "
        + "targeted margin.";

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new TargetedDlrLoss(Labels.index_select(0, rows), targets.index_select(0, rows));
}
