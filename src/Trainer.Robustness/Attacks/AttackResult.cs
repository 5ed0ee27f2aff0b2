namespace Trainer.Robustness.Attacks;

/// <summary>What an attack found.</summary>
/// <param name="Images">Detached float32 [N, C, H, W]: the adversarial image of each broken example, the attack's best try
/// for each that stands.</param>
/// <param name="Breaks">For each example what broke it within ε, null where it stands; null as a whole from an attack that
/// does not look.</param>
public sealed record AttackResult(Tensor Images, IReadOnlyList<AttackSuccess?>? Breaks);
