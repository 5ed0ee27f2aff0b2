using System.Runtime.InteropServices;
using Trainer.Engine.Signals;

namespace Trainer.Cli.Evaluation;

/// <summary>Says how to resume where a signal ends the process at once, in the middle of a block.</summary>
internal sealed class StopMessage : IDisposable
{
    private readonly List<PosixSignalRegistration> registrations;

    /// <summary>Listens from now on.</summary>
    /// <param name="keeps">Whether a ledger keeps the blocks that are done.</param>
    /// <param name="clear">Called before, to clear the line of the screen.</param>
    public StopMessage(bool keeps, Action clear) => registrations =
    [
        Listen(PosixSignal.SIGTERM, StopSignal.Terminate, keeps, clear),
        Listen(PosixSignal.SIGINT, StopSignal.Interrupt, keeps, clear),
    ];

    /// <summary>The sentence.</summary>
    public static string Of(StopSignal signal, bool keeps) => $"Stopped by {StopRequests.NameOf(signal)}. "
        + (keeps ? "Run the same command to resume." : "No ledger was kept; --ledger DIR keeps one.");

    /// <summary>Stops listening.</summary>
    public void Dispose() => registrations.ForEach(registration => registration.Dispose());

    private static PosixSignalRegistration Listen(PosixSignal signal, StopSignal name, bool keeps, Action clear) =>
        PosixSignalRegistration.Create(signal, _ =>
        {
            clear();
            Console.Error.WriteLine(Of(name, keeps));
        });
}
