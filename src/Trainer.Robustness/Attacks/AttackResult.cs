namespace Trainer.Robustness.Attacks;

/// <summary>What an attack found.</summary>
/// <param name="Images">Detached float32 [N, C, H, W]: the adversarial image of each broken example, the attack's best try
/// for each that remains correct.</param>
/// <param name="Breaks">For each example the attack that succeeded within ε, null where none did; null as a whole from an attack that
/// does not look.</param>
public sealed record AttackResult(Tensor Images, IReadOnlyList<AttackSuccess?>? Breaks);
