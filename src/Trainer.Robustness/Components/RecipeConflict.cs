namespace Trainer.Robustness.Components;

/// <summary>Values of a recipe that do not fit together.</summary>
/// <param name="Path">The value to change, relative to the block that has it: "train.attackPrecision".</param>
/// <param name="Problem">
/// What was found, what is allowed and what to do, as half a sentence without its full stop.
/// </param>
public sealed record RecipeConflict(string Path, string Problem);
