using Spectre.Console;

namespace Trainer.Cli;

/// <summary>Where tables go: standard output, as wide as they need where it is not a terminal.</summary>
internal static class Screen
{
    private const int Unlimited = 1000;

    public static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected)
            return AnsiConsole.Create(new AnsiConsoleSettings());
        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
        });
        plain.Profile.Width = Unlimited;
        return plain;
    }

    /// <summary>A table without frames, whose columns line up.</summary>
    public static Table Table(params ReadOnlySpan<string> headings)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var heading in headings)
            table.AddColumn(new TableColumn($"[bold]{Markup.Escape(heading)}[/]")
            {
                Padding = new Padding(0, 0, 2, 0),
            });
        return table;
    }
}
