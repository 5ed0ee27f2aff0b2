using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Settings;
using Trainer.Recipes;

namespace Trainer.Cli.Poisoning;

/// <summary>trainer poison: writes the images that a recipe poisons, and computes those that need a network.</summary>
internal static class PoisonCommand
{
    private const int UsualImages = 100;

    public static Command Create()
    {
        var recipe = new RecipeArguments();
        var output = new Option<string>("--out")
        {
            Description = "The folder to write, which must be new or empty: rows.json, images/, sheet.png, and "
                + "perturbed.safetensors where the attack computes images.",
            HelpName = "folder",
            Required = true,
        };
        var weights = new Option<string?>("--weights")
        {
            Description = "Of label-consistent: the trained weights of the recipe's network that images are perturbed "
                + "against; a run folder, a checkpoint or a file.",
            HelpName = "run|file",
        };
        var images = CountOption.Create("--images", 0, $"How many poisoned images to write as PNG; by default "
            + $"{UsualImages}.");
        var data = new Option<bool>("--data")
        {
            Description = "Also writes the whole poisoned data set, and data.json, the block of a recipe that reads "
                + "it.",
        };
        var threads = ThreadsOption.Create();
        var command = recipe.AddTo(new FileCommand("poison", "Writes the training images that a recipe's data.poison "
            + "changes, to look at them."));
        foreach (var option in (Option[])[output, weights, images, data, threads])
            command.Add(option);
        command.SetAction(parsed =>
        {
            var settings = MachineSettings.Read();
            var registry = BuiltInComponents.Registry();
            var resolved = recipe.Load(parsed, registry, settings);
            if (resolved.Value.Data.Poison is null)
                throw new TrainerException(ErrorKind.Recipe, $"data.poison is missing in {recipe.File(parsed)}, "
                    + "expected an attack such as { \"type\": \"badnets\", \"target\": 0, \"rate\": 0.05 }.");
            var run = new PoisonRun(parsed.GetRequiredValue(output), settings.DataRoots)
            {
                Poisoned = resolved.Value,
                Load = changes => recipe.Load(parsed, registry, settings, changes).Value,
                Weights = parsed.GetValue(weights),
                Images = parsed.GetValue(images) ?? UsualImages,
                WritesData = parsed.GetValue(data),
                Threads = parsed.GetValue(threads),
            };
            TrialProcess.RunStep(resolved, ["recipe", "check", .. recipe.Repeat(parsed), "--set",
                PoisonRun.WithoutPoison]);
            run.Run();
            return 0;
        });
        return command;
    }
}
