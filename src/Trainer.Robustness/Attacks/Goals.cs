namespace Trainer.Robustness.Attacks;

/// <summary>Makes the goals that recipes name.</summary>
public static class Goals
{
    /// <summary>The named goal for some labels; the cross-entropy where there are too few classes for it.</summary>
    /// <param name="kind">The goal.</param>
    /// <param name="labels">Int64 [N], the true classes.</param>
    /// <param name="classes">How many classes there are.</param>
    public static AttackGoal For(this GoalKind kind, Tensor labels, int classes) => kind switch
    {
        GoalKind.Dlr when classes < DlrGoal.LeastClasses => new CrossEntropyGoal(labels),
        GoalKind.CrossEntropy => new CrossEntropyGoal(labels),
        GoalKind.Margin => new MarginGoal(labels),
        GoalKind.Dlr => new DlrGoal(labels),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Found an unknown goal, expected cross-entropy, margin or dlr."),
    };

    /// <summary>What an attack's name says of the goal that its description asks for: nothing of the margin, which is what evaluations ask for themselves.</summary>
    internal static string Suffix(this GoalKind? kind) => kind switch
    {
        GoalKind.CrossEntropy => "-ce",
        GoalKind.Dlr => "-dlr",
        _ => "",
    };
}
