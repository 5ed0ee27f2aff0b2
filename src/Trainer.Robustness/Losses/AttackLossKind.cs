namespace Trainer.Robustness.Losses;

/// <summary>The losses that a recipe can name.</summary>
public enum AttackLossKind
{
    /// <summary><see cref="CrossEntropyLoss"/>.</summary>
    CrossEntropy,

    /// <summary><see cref="MarginLoss"/>.</summary>
    Margin,

    /// <summary><see cref="DlrLoss"/>; with 2 classes its numerator, the margin.</summary>
    Dlr,
}
