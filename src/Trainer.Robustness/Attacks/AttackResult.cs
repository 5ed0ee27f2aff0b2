namespace Trainer.Robustness.Attacks;

/// <summary>What an attack found.</summary>
/// <param name="Images">
/// Detached float [N, C, H, W], within the attack's bound and the box: the adversarial image of each example for which
/// the attack succeeded, and the last or best iterate of each other one.
/// </param>
/// <param name="Success">
/// For each example the attack that succeeded within ε, null where none did; null as a whole from an attack that does
/// not look.
/// </param>
public sealed record AttackResult(Tensor Images, IReadOnlyList<AttackSuccess?>? Success = null);
