namespace Trainer.Recipes.Parsing;

/// <summary>Everything that a recipe is read from; later layers win.</summary>
/// <param name="Path">The recipe's file. It overrides the files that it extends.</param>
public sealed record RecipeSource(string Path)
{
    /// <summary>The machine's device: every file overrides it.</summary>
    public string MachineDevice { get; init; } = "auto";

    /// <summary>
    /// The environment; of it, variables like <c>TRAINER__train__epochs=3</c> are taken. They override the recipe.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Values from the command line, like <c>train.epochs=3</c>; they override the environment.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The folder that relative paths in <see cref="Set"/> belong to; null for the working folder.</summary>
    public string? SetFolder { get; init; }

    /// <summary>Values that other options of the command line set.</summary>
    public IReadOnlyList<OptionValue> Options { get; init; } = [];

    /// <summary>
    /// Extension assemblies named on the command line, relative to the working folder; added to the recipe's.
    /// </summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];
}
