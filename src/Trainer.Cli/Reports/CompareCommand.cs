using System.CommandLine;
using Spectre.Console;
using Trainer.Cli.Options;
using Trainer.Engine;
using Trainer.Recipes;
using Trainer.Recipes.Extensions;
using Trainer.Reports;

namespace Trainer.Cli.Reports;

/// <summary>trainer compare: in what runs differ, in recipe and result.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("run")
        {
            Description = "Two or more run folders.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--out")
        {
            Description = "The page with the runs' curves over each other. An earlier page is replaced, "
                + "another file is not.",
            HelpName = "file",
            DefaultValueFactory = _ => "compare.html",
        };
        var extensions = RecipeArguments.ExtensionOption();
        var command = new FileCommand("compare", "Compares runs: recipes, accuracies, "
            + "and verdicts on the same examples.") { runs, output, extensions };
        command.SetAction(parsed =>
        {
            var folders = parsed.GetRequiredValue(runs);
            if (folders.Length < 2)
                throw new TrainerException(
                    ErrorKind.Recipe,
                    $"There is nothing to compare '{folders[0]}' with. Name two or more run folders.");
            var page = Path.GetFullPath(parsed.GetRequiredValue(output));
            ComparisonReport.CheckPage("--out", page);
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var comparison = ComparisonReport.Of(
                folders, registry, warning => Console.Error.WriteLine($"warning: {warning}"));
            Print(comparison);
            comparison.Write(page);
            Console.Out.WriteLine($"The page is {page}");
            return 0;
        });
        return command;
    }

    private static void Print(ComparisonReport comparison)
    {
        var screen = Screen.Create();
        if (comparison.Recipes.Count == 0)
            screen.WriteLine("The recipes are the same.");
        else
            Write(screen, comparison.Recipes, ["recipe", .. comparison.Names]);
        Write(screen, comparison.Results, ["run", "checkpoint", "attack", "threat model", "test images", "under attack",
            "95 % interval", "clean", "95 % interval"]);
        Write(screen, comparison.Pairs, ["A", "B", "checkpoint", "images", "of", "A alone right", "B alone right",
            "p (McNemar, exact)"]);
        foreach (var obstacle in comparison.Obstacles)
            screen.WriteLine($"Not comparable: {obstacle}");
    }

    private static void Write(IAnsiConsole screen, IReadOnlyList<IReadOnlyList<string>> rows, string[] headings)
    {
        if (rows.Count == 0)
            return;
        var table = Screen.Table(headings);
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        screen.Write(table);
        screen.WriteLine();
    }
}
