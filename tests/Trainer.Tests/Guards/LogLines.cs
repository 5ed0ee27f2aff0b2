using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Trainer.Tests.Guards;

/// <summary>Keeps the warnings of a log.</summary>
internal sealed class LogLines : ILogEventSink
{
    public List<string> Warnings { get; } = [];

    public List<string> Lines { get; } = [];

    public ILogger Logger => new LoggerConfiguration().WriteTo.Sink(this).CreateLogger();

    public void Emit(LogEvent logEvent)
    {
        Lines.Add(logEvent.RenderMessage(CultureInfo.InvariantCulture));
        if (logEvent.Level == LogEventLevel.Warning)
            Warnings.Add(Lines[^1]);
    }
}
