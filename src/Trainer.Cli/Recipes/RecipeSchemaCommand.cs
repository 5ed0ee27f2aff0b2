using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Storage;
using Trainer.Engine.Training;
using Trainer.Recipes;
using Trainer.Recipes.Schema;

namespace Trainer.Cli.Recipes;

/// <summary>trainer recipe schema: what editors complete and check recipes by.</summary>
internal static class RecipeSchemaCommand
{
    public static Command Create()
    {
        var target = new Argument<string?>("file")
        {
            Description = "The file to write; by default the schema is printed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new FileCommand("schema", "Writes the JSON schema of recipes, for completion in editors.")
        {
            WritesFiles = parsed => parsed.GetValue(target) is not null,
        };
        command.Add(target);
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(target);
            var schema = RecipeSchema.Write(typeof(Recipe), BuiltInComponents.Registry());
            if (file is not null)
                Check(file, schema);
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

    /// <summary>A schema of recipes is replaced, another file never.</summary>
    private static void Check(string file, string schema)
    {
        Destination.CheckFile("file", file);
        // All schemas begin alike: the dialect, then the title.
        var beginning = string.Join('\n', schema.Split('\n').Take(3));
        if (!File.Exists(file))
            return;
        var present = Destination.Beginning("file", file).ReplaceLineEndings("\n");
        if (!present.StartsWith(beginning, StringComparison.Ordinal))
            throw new TrainerException(
                ErrorKind.Recipe, $"file: '{file}' exists already and is no schema of recipes. Name another file.");
    }
}
