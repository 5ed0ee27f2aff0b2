using System.Collections;
using System.CommandLine;
using Trainer.Engine.Settings;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Robustness.Components;

namespace Trainer.Cli;

/// <summary>The arguments by which every command names a recipe: RECIPE, --set, --extension.</summary>
internal sealed class RecipeArguments
{
    private readonly Argument<string> recipe = new("recipe") { Description = "The recipe's JSON file." };

    private readonly Option<string[]> set = new("--set")
    {
        Description = "Sets a value of the recipe: --set train.epochs=3. The value is JSON where it parses, "
            + "else a string. Can be given again.",
        HelpName = "path=value",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> extensions = ExtensionOption();

    /// <summary>An option that names assemblies with components of one's own.</summary>
    public static Option<string[]> ExtensionOption() => new("--extension")
    {
        Description = "Loads an assembly with components of your own. Can be given again.",
        HelpName = "dll",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Adds the arguments to a command.</summary>
    public Command AddTo(Command command)
    {
        command.Add(recipe);
        command.Add(set);
        command.Add(extensions);
        return command;
    }

    /// <summary>The recipe's file, as it was named.</summary>
    public string File(ParseResult parsed) => parsed.GetRequiredValue(recipe);

    /// <summary>Reads the recipe with all its layers.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="registry">The built-in components; gets those of the extensions.</param>
    /// <param name="settings">The machine's settings.</param>
    /// <param name="changes">Values to set after those of the command line, as --set takes them.</param>
    public ResolvedRecipe<Recipe> Load(
        ParseResult parsed, ComponentRegistry registry, MachineSettings settings, params string[] changes) =>
        Load(
            File(parsed), [.. parsed.GetRequiredValue(set), .. changes], registry, settings,
            parsed.GetRequiredValue(extensions));

    /// <summary>Reads a recipe with all its layers.</summary>
    /// <param name="file">The recipe's file.</param>
    /// <param name="changes">Values to set, as --set takes them.</param>
    /// <param name="registry">The built-in components; gets those of the extensions.</param>
    /// <param name="settings">The machine's settings.</param>
    /// <param name="extensions">Extensions beside those that the recipe names.</param>
    /// <param name="setFolder">What relative paths of the changes belong to; null for the working folder.</param>
    public static ResolvedRecipe<Recipe> Load(
        string file, IReadOnlyList<string> changes, ComponentRegistry registry, MachineSettings settings,
        IReadOnlyList<string>? extensions = null, string? setFolder = null) => RecipeLoader.Load<Recipe>(
        new(file)
        {
            MachineDevice = settings.Device,
            Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                .ToDictionary(variable => (string)variable.Key, variable => variable.Value as string ?? ""),
            Set = changes,
            SetFolder = setFolder,
            Extensions = extensions ?? [],
        }, registry);

    /// <summary>The arguments as another process of this command takes them.</summary>
    public IEnumerable<string> Repeat(ParseResult parsed) =>
    [
        File(parsed),
        .. parsed.GetRequiredValue(set).SelectMany(value => new[] { set.Name, value }),
        .. parsed.GetRequiredValue(extensions).SelectMany(value => new[] { extensions.Name, value }),
    ];
}
