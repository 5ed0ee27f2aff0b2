using Serilog.Core;
using Serilog.Events;

namespace Trainer.Cli.Logging;

/// <summary>
/// Keeps events until the file that they belong to can be opened, because nothing is created before a run is known to
/// be sound.
/// </summary>
internal sealed class DeferredSink : ILogEventSink, IDisposable
{
    private readonly Lock gate = new();
    private readonly List<LogEvent> waiting = [];
    private Logger? target;

    public void Emit(LogEvent logEvent)
    {
        lock (gate)
        {
            if (target is null)
                waiting.Add(logEvent);
            else
                target.Write(logEvent);
        }
    }

    /// <summary>Passes on what has waited, and everything from now on.</summary>
    public void Open(Logger logger)
    {
        lock (gate)
        {
            target = logger;
            waiting.ForEach(logger.Write);
            waiting.Clear();
        }
    }

    /// <summary>Writes an error, if there is a file.</summary>
    public void Record(Exception exception) => target?.Error(exception, "The run failed");

    public void Dispose() => target?.Dispose();
}
