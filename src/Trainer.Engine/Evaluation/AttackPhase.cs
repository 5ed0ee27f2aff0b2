using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>One attack of an evaluation, or one part of an attack that consists of several.</summary>
/// <param name="Attack">What is tried.</param>
/// <param name="Key">Where its randomness comes from.</param>
internal sealed record AttackPhase(IAttack Attack, RandomKey Key)
{
    /// <summary>How the attack is called.</summary>
    public string Name => Attack.Name;

    /// <summary>The phases of an attack, each with the randomness that it has within the attack itself.</summary>
    public static IEnumerable<AttackPhase> Of(IAttack attack, ThreatModel threat, RandomKey key) =>
        attack.PartsUnder(threat) is { } parts
            ? parts.Select((part, number) => new AttackPhase(part, key.With(attack.RandomName).With(number)))
            : [new(attack, key.With(attack.RandomName))];
}
