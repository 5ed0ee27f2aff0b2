namespace Trainer.Recipes.Parsing;

/// <summary>
/// A value of the recipe that an option of its own sets, such as <c>--data</c>. Messages name that option.
/// </summary>
/// <param name="Option">The option: "--attack".</param>
/// <param name="Path">The place in the recipe: "evaluate.final".</param>
/// <param name="Value">JSON where it parses, else a string.</param>
public sealed record OptionValue(string Option, string Path, string Value)
{
    /// <summary>The place of what the user wrote, where the value holds more: "evaluate.final[0].attack".</summary>
    public string Root { get; init; } = Path;

    /// <summary>Whether it replaces the value of <c>--set</c>; otherwise <c>--set</c> changes it.</summary>
    public bool OverSet { get; init; }
}
