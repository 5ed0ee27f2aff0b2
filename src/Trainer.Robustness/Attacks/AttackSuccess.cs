namespace Trainer.Robustness.Attacks;

/// <summary>The part of an attack that first made the network misclassify an example, and when.</summary>
/// <param name="Attack">The attack's name; for a composed attack, the part's.</param>
/// <param name="Run">The restart or target, from 0.</param>
/// <param name="Iteration">The iteration of that run; 0 is its start.</param>
public readonly record struct AttackSuccess(string Attack, int Run, int Iteration)
{
    /// <summary>Of an example that is misclassified without any attack.</summary>
    public static AttackSuccess Clean { get; } = new("clean", 0, 0);
}
