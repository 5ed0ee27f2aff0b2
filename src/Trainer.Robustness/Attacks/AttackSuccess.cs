namespace Trainer.Robustness.Attacks;

/// <summary>What first made the network take an example for another class.</summary>
/// <param name="Attack">The attack's name; for a composed attack, the part's.</param>
/// <param name="Run">The restart or target, from 0.</param>
/// <param name="Iteration">The iteration of that run; 0 is its start.</param>
public readonly record struct AttackSuccess(string Attack, int Run, int Iteration)
{
    /// <summary>Of an example that the network takes for another class without any attack.</summary>
    public static AttackSuccess Clean { get; } = new("clean", 0, 0);
}
