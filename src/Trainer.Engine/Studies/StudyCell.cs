namespace Trainer.Engine.Studies;

/// <summary>One run of a study.</summary>
/// <param name="Recipe">What the study calls the recipe.</param>
/// <param name="File">The recipe's file.</param>
/// <param name="Setting">What the study calls the setting; null for the recipe as it is.</param>
/// <param name="Set">The setting's values, as --set takes them.</param>
/// <param name="Seed">The seed.</param>
/// <param name="IsTrial">Whether it is trained whatever the study selects.</param>
public sealed record StudyCell(
    string Recipe, string File, string? Setting, IReadOnlyList<string> Set, long Seed, bool IsTrial = true)
{
    /// <summary>Names the run and its folder within the study's: "pgd-at.lr=0.1.seed=0".</summary>
    public string Name => $"{Recipe}{(Setting is null ? "" : $".{Setting}")}.seed={Seed}";

    /// <summary>Everything that it sets in the recipe, as --set takes it.</summary>
    public IReadOnlyList<string> Changes => [.. Set, $"seed={Seed}", $"name={Name}"];
}
