using System.CommandLine;
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
            var schema = RecipeSchema.Write(typeof(Recipe), RecipeLoader.BuiltIn());
            if (parsed.GetValue(target) is { } file)
                File.WriteAllText(file, schema);
            else
                Console.Out.Write(schema);
            return 0;
        });
        return command;
    }
}
