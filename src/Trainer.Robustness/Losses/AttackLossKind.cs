namespace Trainer.Robustness.Losses;

/// <summary>The losses that a recipe can name.</summary>
public enum AttackLossKind
{
    /// <summary><see cref="CrossEntropyLoss"/>.</summary>
    CrossEntropy,

    /// <summary><see cref="MarginLoss"/>.</summary>
    Margin,

    /// <summary><see cref="DlrLoss"/>: 3 classes at least.</summary>
    Dlr,
}
