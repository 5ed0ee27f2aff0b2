using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;
using Spectre.Console;

namespace Trainer.Cli.Logging;

/// <summary>Writes events above a live view.</summary>
internal sealed class LiveSink(IAnsiConsole console) : ILogEventSink
{
    private static readonly MessageTemplateTextFormatter Formatter = new("{Message:lj}");

    public void Emit(LogEvent logEvent)
    {
        using var message = new StringWriter();
        Formatter.Format(logEvent, message);
        var colour = logEvent.Level >= LogEventLevel.Error ? "red" : "yellow";
        console.MarkupLine($"[{colour}]{Markup.Escape($"{logEvent.Timestamp:HH:mm:ss} {message}")}[/]");
    }
}
