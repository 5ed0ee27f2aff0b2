namespace Trainer.Robustness.Attacks;

/// <summary>The goals that a recipe can name.</summary>
public enum GoalKind
{
    /// <summary><see cref="CrossEntropyGoal"/>.</summary>
    CrossEntropy,

    /// <summary><see cref="MarginGoal"/>.</summary>
    Margin,

    /// <summary><see cref="DlrGoal"/>: 3 classes at least.</summary>
    Dlr,
}
