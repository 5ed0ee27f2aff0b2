using System.CommandLine;
using Trainer.Engine;
using Trainer.Engine.Settings;

namespace Trainer.Cli.Recipes;

/// <summary>trainer recipe show: the resolved recipe, with where each value came from.</summary>
internal static class RecipeShowCommand
{
    public static Command Create()
    {
        var recipe = new RecipeArguments();
        var plain = new Option<bool>("--plain") { Description = "Prints the JSON alone, as a run stores it." };
        var command = recipe.AddTo(new Command("show", "Prints the resolved recipe: every layer merged, "
            + "every default filled in, and where each value came from."));
        command.Add(plain);
        command.SetAction(parsed =>
        {
            var resolved = recipe.Load(parsed, BuiltInComponents.Registry(), MachineSettings.Read());
            Console.Out.Write(
                parsed.GetValue(plain) ? resolved.Text
                : $"// SHA-256 {resolved.Hash}\n{AnnotatedRecipe.Write(resolved.Tree)}");
            return 0;
        });
        return command;
    }
}
