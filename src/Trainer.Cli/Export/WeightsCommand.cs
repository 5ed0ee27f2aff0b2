using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Storage;
using Trainer.Engine.Weights;
using Trainer.Recipes.Extensions;

namespace Trainer.Cli.Export;

/// <summary>trainer weights: what a file of weights holds, and which networks it fits.</summary>
internal static class WeightsCommand
{
    public static Command Create()
    {
        var weights = new Argument<string>("weights")
        {
            Description = "A run folder (its best checkpoint), a checkpoint, or a file of safetensors or PyTorch.",
        };
        var key = WeightsKeyOption.Create();
        var extensions = RecipeArguments.ExtensionOption();
        var command = new Command("weights", "Lists the keys, shapes and types of saved weights, their metadata, "
            + "and the registered networks that they fit.") { weights, key, extensions };
        command.SetAction(parsed =>
        {
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var source = WeightsSource.Find(
                parsed.GetRequiredValue(weights), damaged => Console.Error.WriteLine($"warning: {damaged}"),
                parsed.GetValue(key));
            using var file = source.Open(source.Measured);
            foreach (var note in file.Notes)
                Console.Error.WriteLine($"note: {note}");
            var screen = Screen.Create();
            screen.Write(Tensors(file));
            screen.WriteLine();
            foreach (var (name, value) in file.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                screen.WriteLine($"{name}: {value}");
            var fits = ArchitectureFit.Find(file, registry);
            foreach (var fit in fits)
                screen.WriteLine($"fits {WeightsDescription.Line(fit.Network, "normalisation")} for {fit.Classes} "
                    + $"classes of images such as {fit.Images}");
            if (fits.Count == 0)
                screen.WriteLine("fits no registered network");
            return 0;
        });
        return command;
    }

    private static Table Tensors(ITensorFile file)
    {
        var table = Screen.Table("key", "shape", "type");
        foreach (var entry in file.Entries)
            table.AddRow(
                Markup.Escape(entry.Name), Markup.Escape($"[{string.Join(", ", entry.Shape)}]"),
                entry.Dtype.ToString().ToLower(CultureInfo.InvariantCulture));
        return table;
    }
}
