namespace Trainer.Engine.Metrics;

/// <summary>How far a network obeys an attacker who has poisoned its training images.</summary>
/// <param name="Poison">What recipes call the attack.</param>
/// <param name="Clean">Images without the trigger that are classified correctly.</param>
/// <param name="AttackSuccess">
/// Images with the trigger, not of the target class, that are predicted as the target; null where there is no trigger.
/// </param>
/// <param name="Robust">Of the same images, those that are predicted as their true class.</param>
public sealed record BackdoorMetrics(
    string Poison, ShareMetrics Clean, ShareMetrics? AttackSuccess, ShareMetrics? Robust);
