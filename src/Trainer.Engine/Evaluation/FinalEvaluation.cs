using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>A measurement on the test images.</summary>
/// <param name="Attack">The attack.</param>
/// <param name="Examples">How many of the test images; all where there are fewer.</param>
/// <param name="Subset">Which of them.</param>
/// <param name="Threat">What the adversary may do; null for the recipe's threat model.</param>
public sealed record FinalEvaluation(IAttack Attack, int Examples = 1000, [property: FormerName("choose")] ExampleChoice Subset = ExampleChoice.First, ThreatModel? Threat = null)
{
    /// <summary>How many of the test images.</summary>
    [AtLeast(1)]
    public int Examples { get; init; } = Require.AtLeast(1, Examples);
}
