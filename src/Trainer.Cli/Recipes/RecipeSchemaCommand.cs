using System.CommandLine;
using Trainer.Engine;
using Trainer.Engine.Recipes;

namespace Trainer.Cli.Recipes;

/// <summary>trainer recipe schema: what editors complete and check recipes by.</summary>
internal static class RecipeSchemaCommand
{
    public static Command Create()
    {
        var target = new Argument<string?>("file") { Description = "The file to write; by default the schema is printed.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("schema", "Writes the JSON schema of recipes, for completion in editors.") { target };
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(target);
            if (file is not null)
                Destination.CheckFile("file", file);
            var schema = RecipeSchema.Write(typeof(Recipe), RecipeLoader.BuiltIn());
            if (file is null)
            {
                Console.Out.Write(schema);
                return 0;
            }
            Destination.CreateFolderOf(file);
            File.WriteAllText(file, schema);
            return 0;
        });
        return command;
    }
}
