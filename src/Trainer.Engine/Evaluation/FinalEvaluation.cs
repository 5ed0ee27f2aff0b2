using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation;

/// <summary>A measurement on the test images.</summary>
public sealed record FinalEvaluation
{
    /// <summary>The attack.</summary>
    public required IAttack Attack { get; init; }

    /// <summary>How many of the test images; all where there are fewer.</summary>
    [AtLeast(1)] public int Examples { get; init => field = Require.AtLeast(1, value); } = 1000;

    /// <summary>Which of them.</summary>
    [FormerName("choose")] public ExampleChoice Subset { get; init; } = ExampleChoice.First;

    /// <summary>What the adversary may do; null for the recipe's threat model.</summary>
    public ThreatModel? Threat { get; init; }
}
