namespace Trainer.Robustness.Losses;

/// <summary>
/// The difference of logits ratio (Croce and Hein 2020, arXiv:2003.01690, equation 6): the largest other logit minus
/// the true class's, over the gap between the largest and the third largest logit. Unlike the cross-entropy it does not
/// change when the logits are scaled or shifted. With 2 classes attacks maximise its numerator, the margin.
/// </summary>
/// <param name="labels">Int64 [N], the true classes.</param>
public sealed class DlrLoss(Tensor labels) : AttackLoss(labels)
{
    /// <summary>The fewest classes that it is defined for.</summary>
    public const int LeastClasses = 3;

    // As published: keeps equal logits from dividing by zero.
    internal const double Tiny = 1e-12;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are fewer than 3 classes.</exception>
    public override Tensor PerExample(Tensor logits)
    {
        if (logits.shape[1] < LeastClasses)
            throw new ArgumentException(
                $"Found {logits.shape[1]} classes, expected at least {LeastClasses} for the difference of logits "
                + "ratio. Use the cross-entropy or the margin.");
        using var scope = NewDisposeScope();
        var (largest, classes) = logits.topk(3, 1);
        var own = logits.gather(1, Labels.unsqueeze(1)).squeeze(1);
        var other = where(classes.select(1, 0).eq(Labels), largest.select(1, 1), largest.select(1, 0));
        return ((other - own) / (largest.select(1, 0) - largest.select(1, 2) + Tiny)).MoveToOuterDisposeScope();
    }

    /// <summary>What an attack that names the ratio does with so few classes; null where there are enough.</summary>
    internal static string? Caution(string attack, int classes) => classes >= LeastClasses ? null
        : $"The difference of logits ratio needs {LeastClasses} classes; with {classes}, {attack} maximises its "
        + "numerator, the margin.";

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) => new DlrLoss(Labels.index_select(0, rows));
}
