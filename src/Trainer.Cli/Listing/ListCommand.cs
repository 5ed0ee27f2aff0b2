using System.CommandLine;
using Spectre.Console;
using Trainer.Engine;
using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Recipes.Extensions;
using Trainer.Robustness.Components;

namespace Trainer.Cli.Listing;

/// <summary>trainer list: what recipes can name, with options and defaults, from the code's own doc comments.</summary>
internal static class ListCommand
{
    private const string Recipes = "recipes";
    private const string None = "none but those of an extension: --extension DLL";

    public static Command Create()
    {
        var kind = new Argument<string?>("kind")
        {
            Description = "recipes, models, attacks, objectives, datasets, optimizers, schedules, augmentations, "
                + "averages, poisons or hooks; by default a survey of all.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var extensions = RecipeArguments.ExtensionOption();
        var command =
            new Command("list", "Lists what recipes can name: every component with its options and defaults.") { kind,
            extensions };
        command.SetAction(parsed =>
        {
            var registry = BuiltInComponents.Registry();
            ExtensionLoader.Load(parsed.GetRequiredValue(extensions), registry);
            var screen = Screen.Create();
            if (parsed.GetValue(kind) is { } named)
                List(screen, named, registry);
            else
                Survey(screen, registry);
            return 0;
        });
        return command;
    }

    private static void Survey(IAnsiConsole screen, ComponentRegistry registry)
    {
        var table = Screen.Table("kind", "names");
        foreach (var kind in registry.Kinds)
            table.AddRow(
                ComponentRegistry.NameOf(kind), Markup.Escape(
                registry.Names(kind) is { Count: > 0 } names ? string.Join(", ", names) : None));
        table.AddRow(Recipes, $"{RecipeFiles.Find().Count} files: trainer list recipes");
        screen.Write(table);
        screen.WriteLine("Options and defaults of one kind: trainer list attacks");
    }

    private static void List(IAnsiConsole screen, string named, ComponentRegistry registry)
    {
        if (named == Recipes)
        {
            foreach (var file in RecipeFiles.Find())
                screen.MarkupLine($"[bold]{Markup.Escape(file.Path)}[/]\n{Markup.Escape(file.Head)}");
            return;
        }
        var kind = registry.Kinds.FirstOrDefault(kind => ComponentRegistry.NameOf(kind) == named)
            ?? throw Unknown(named, registry);
        if (registry.Names(kind).Count == 0)
            screen.WriteLine(None);
        foreach (var name in registry.Names(kind))
            Describe(screen, name, RecipeShape.Of(registry.Find(kind, name)!));
    }

    private static void Describe(IAnsiConsole screen, string name, RecipeShape shape)
    {
        screen.MarkupLine($"[bold]{Markup.Escape(name)}[/]  {Markup.Escape(shape.Description ?? "")}");
        if (shape.Options.Count > 0)
        {
            var table = Screen.Table("  option", "value", "default", "");
            foreach (var option in shape.Options)
                table.AddRow(
                    Markup.Escape("  " + option.Key), Markup.Escape(option.Allowed), Markup.Escape(option.DefaultText),
                    Markup.Escape(option.Description ?? ""));
            screen.Write(table);
        }
        screen.WriteLine();
    }

    private static TrainerException Unknown(string named, ComponentRegistry registry)
    {
        var kinds = registry.Kinds.Select(ComponentRegistry.NameOf).Append(Recipes).ToList();
        var nearest = Spelling.Nearest(named, kinds) is { } near ? $" Did you mean {near}?" : "";
        return new(ErrorKind.Recipe, $"found \"{named}\", expected one of {string.Join(", ", kinds)}.{nearest}");
    }
}
