using System.CommandLine;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Cli.Options;

/// <summary>The command that writes a JSON schema, by which editors complete and check files.</summary>
internal static class SchemaCommand
{
    /// <param name="files">What the files are: "recipes".</param>
    /// <param name="write">Makes their JSON schema.</param>
    public static Command Create(string files, Func<string> write)
    {
        var target = new Argument<string?>("file")
        {
            Description = "The file to write; by default the schema is printed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new FileCommand("schema", $"Writes the JSON schema of {files}, for completion in editors.")
        {
            WritesFiles = parsed => parsed.GetValue(target) is not null,
        };
        command.Add(target);
        command.SetAction(parsed =>
        {
            var schema = write();
            if (parsed.GetValue(target) is not { } file)
            {
                Console.Out.Write(schema);
                return 0;
            }
            Check(file, schema, files);
            Destination.CreateFolderOf(file);
            File.WriteAllText(file, schema);
            return 0;
        });
        return command;
    }

    /// <summary>A schema of the same files is replaced, another file never.</summary>
    private static void Check(string file, string schema, string files)
    {
        Destination.CheckFile("file", file);
        // All schemas of a kind of files begin alike: the dialect, then the title.
        var beginning = string.Join('\n', schema.Split('\n').Take(3));
        if (!File.Exists(file))
            return;
        var present = Destination.Beginning("file", file).ReplaceLineEndings("\n");
        if (!present.StartsWith(beginning, StringComparison.Ordinal))
            throw new TrainerException(
                ErrorKind.Recipe, $"file: '{file}' exists already and is no schema of {files}. Name another file.");
    }
}
