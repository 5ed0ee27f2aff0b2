using System.CommandLine;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Engine.Storage;
using Trainer.Recipes.Extensions;
using Trainer.Reports.RobustBench;

namespace Trainer.Cli.Export;

/// <summary>trainer robustbench: a run as an entry of RobustBench.</summary>
internal static class RobustBenchCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run")
        {
            Description = "The run folder, with AutoAttack of its best checkpoint on all test images.",
        };
        var file = new Argument<string>("file")
        {
            Description = "The JSON file to write, which must not exist, named as the model will be: "
                + "Rice2020Overfitting.json. Beside it, as .md, are the row of RobustBench's tables and the issue that "
                + "submits the model.",
        };
        var (title, authors) = (Text("--title", "The paper's title."), Text("--authors", "The paper's authors."));
        var (link, venue) = (Text("--link", "The paper's address."), Text("--venue", "Where it was published."));
        var architecture = Text("--architecture", "The network's name; by default the recipe's.");
        var footnote = Text("--footnote", "A remark.");
        var extensions = RecipeArguments.ExtensionOption();
        var command = new FileCommand("robustbench", "Writes a run's model_info file for RobustBench, of what was "
            + "measured. What is not known is null.")
        {
            run, file, title, authors, link, venue, architecture, footnote, extensions,
        };
        command.SetAction(parsed =>
        {
            var target = parsed.GetRequiredValue(file);
            Destination.CheckNewFile("file", target);
            Destination.CheckNewFile("file", Path.ChangeExtension(target, ".md"));
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var entry = RobustBenchEntry.Of(
                parsed.GetRequiredValue(run),
                new(parsed.GetValue(title), parsed.GetValue(authors), parsed.GetValue(link), parsed.GetValue(venue),
                    parsed.GetValue(architecture), parsed.GetValue(footnote)),
                registry, warning => Console.Error.WriteLine($"warning: {warning}"));
            foreach (var note in entry.Notes)
                Console.Error.WriteLine($"note: {note}");
            foreach (var written in entry.Write(target))
                Console.Out.WriteLine(written);
            return 0;
        });
        return command;
    }

    private static Option<string?> Text(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "text",
    };
}
