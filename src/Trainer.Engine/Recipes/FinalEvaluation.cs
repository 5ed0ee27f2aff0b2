using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Recipes;

/// <summary>A measurement on the test images.</summary>
/// <param name="Attack">The attack.</param>
/// <param name="Examples">How many of the first test images; all where there are fewer.</param>
public sealed record FinalEvaluation(IAttack Attack, int Examples = 1000)
{
    /// <summary>How many of the first test images.</summary>
    [AtLeast(1)]
    public int Examples { get; init; } = Require.AtLeast(1, Examples);
}
