using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Training;
using Trainer.Recipes.Schema;

namespace Trainer.Cli.Recipes;

/// <summary>trainer recipe …</summary>
internal static class RecipeCommand
{
    public static Command Create() => new("recipe", "Looks at recipes without running them.")
    {
        RecipeShowCommand.Create(),
        RecipeCheckCommand.Create(),
        RecipeCopyCommand.Create(),
        SchemaCommand.Create("recipes", () => RecipeSchema.Write(typeof(Recipe), BuiltInComponents.Registry())),
    };
}
