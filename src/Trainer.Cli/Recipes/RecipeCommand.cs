using System.CommandLine;

namespace Trainer.Cli.Recipes;

/// <summary>trainer recipe …</summary>
internal static class RecipeCommand
{
    public static Command Create() => new("recipe", "Looks at recipes without running them.")
    {
        RecipeShowCommand.Create(),
        RecipeCheckCommand.Create(),
        RecipeCopyCommand.Create(),
        RecipeSchemaCommand.Create(),
    };
}
