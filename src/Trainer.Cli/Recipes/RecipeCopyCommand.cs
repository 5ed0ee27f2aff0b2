using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Cli.Recipes;

/// <summary>trainer recipe copy: makes a recipe of one's own from another.</summary>
internal static class RecipeCopyCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("recipe") { Description = "The recipe to copy." };
        var target = new Argument<string>("target")
        {
            Description = "The new file. Its name becomes the recipe's name.",
        };
        var command = new FileCommand("copy", "Makes a recipe of your own: a copy, comments and all, "
            + "whose relative paths still lead to the same files.") { source, target };
        command.SetAction(parsed =>
        {
            var (from, to) = (parsed.GetRequiredValue(source), parsed.GetRequiredValue(target));
            if (Directory.Exists(to))
                to = Path.Combine(to, Path.GetFileName(from));
            Destination.CheckNewFile("target", to);
            var text = RecipeCopy.Rewrite(from, to, BuiltInComponents.Registry());
            Destination.CreateFolderOf(to);
            File.WriteAllText(to, text);
            Console.Out.WriteLine($"{to}: change what you want, look at it with: trainer recipe show {to}");
            return 0;
        });
        return command;
    }
}
