using Serilog.Core;
using Serilog.Events;
using Spectre.Console;

namespace Trainer.Cli.Logging;

/// <summary>Writes events above a live view.</summary>
internal sealed class LiveSink(IAnsiConsole console) : ILogEventSink
{
    public void Emit(LogEvent logEvent)
    {
        var colour = logEvent.Level >= LogEventLevel.Error ? "red" : "yellow";
        console.MarkupLine($"[{colour}]{Markup.Escape($"{logEvent.Timestamp:HH:mm:ss} {logEvent.RenderMessage()}")}[/]");
    }
}
