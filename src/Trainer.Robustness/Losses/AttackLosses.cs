namespace Trainer.Robustness.Losses;

/// <summary>Makes the losses that recipes name.</summary>
public static class AttackLosses
{
    /// <summary>
    /// The named loss for some labels. The difference of logits ratio needs three classes: with two, the loss is its
    /// numerator, the margin.
    /// </summary>
    /// <param name="kind">The loss.</param>
    /// <param name="labels">Int64 [N], the true classes.</param>
    /// <param name="classes">How many classes there are.</param>
    public static AttackLoss For(this AttackLossKind kind, Tensor labels, int classes) => kind switch
    {
        AttackLossKind.Dlr when classes < DlrLoss.LeastClasses => new MarginLoss(labels),
        AttackLossKind.CrossEntropy => new CrossEntropyLoss(labels),
        AttackLossKind.Margin => new MarginLoss(labels),
        AttackLossKind.Dlr => new DlrLoss(labels),
        _ => throw new ArgumentOutOfRangeException(
        nameof(kind), kind, "Found an unknown loss, expected cross-entropy, margin or dlr."),
    };

    /// <summary>
    /// The suffix of an attack's name for the loss of its description: none for the margin, which is the default of
    /// evaluations.
    /// </summary>
    internal static string Suffix(this AttackLossKind? kind) => kind switch
    {
        AttackLossKind.CrossEntropy => "-ce",
        AttackLossKind.Dlr => "-dlr",
        _ => "",
    };
}
