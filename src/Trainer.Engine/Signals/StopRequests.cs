using System.Globalization;
using System.Runtime.InteropServices;

namespace Trainer.Engine.Signals;

/// <summary>
/// What signals ask of a run; it looks between batches. SIGTERM, SIGHUP and SIGINT ask it to save and end, SIGUSR2 does
/// so like SIGTERM, SIGUSR1 asks it to save and continue. A second SIGINT ends the process at once. A SIGHUP that was
/// ignored at the start (nohup) stays so.
/// </summary>
public sealed class StopRequests : IDisposable
{
    /// <summary>
    /// Where this variable is 1, the end of standard input asks for the same as SIGTERM: a run then ends with the
    /// process that started it, however that ended.
    /// </summary>
    public const string InputVariable = "TRAINER_STOP_WITH_INPUT";

    private readonly List<PosixSignalRegistration> registrations = [];
    private int stop;
    private int interrupts;
    private int save;
    private Action<StopSignal>? ending;

    /// <summary>Listens from now on.</summary>
    public StopRequests()
    {
        Listen(PosixSignal.SIGTERM, context => context.Cancel = Take(StopSignal.Terminate));
        Listen(PosixSignal.SIGINT, context => context.Cancel = Take(StopSignal.Interrupt));
        if (!IsIgnored((int)StopSignal.HangUp))
            Listen(PosixSignal.SIGHUP, context => context.Cancel = Take(StopSignal.HangUp));
        if (UserSignal is { } user)
            Listen((PosixSignal)user, context => context.Cancel = TakeUser());
        // Launchers of several processes hand this one on, and not SIGTERM.
        if (SecondUserSignal is { } second)
            Listen((PosixSignal)second, context => context.Cancel = Take(StopSignal.Terminate));
        AtEndOfInput(AwaitEnd);
    }

    /// <summary>The first signal that asked the run to end; null while none has.</summary>
    public StopSignal? Stop => Volatile.Read(ref this.stop) is var stop and not 0 ? (StopSignal)stop : null;

    /// <summary>SIGUSR1's number here; null where there is none.</summary>
    internal static int? UserSignal =>
        OperatingSystem.IsLinux() ? 10
        : OperatingSystem.IsMacOS() ? 30
        : null;

    /// <summary>SIGUSR2's number here; null where there is none.</summary>
    internal static int? SecondUserSignal =>
        OperatingSystem.IsLinux() ? 12
        : OperatingSystem.IsMacOS() ? 31
        : null;

    /// <summary>The exit code after a signal with the state saved: 129, 130 or 143.</summary>
    public static int ExitCode(StopSignal signal) => 128 + (int)signal;

    /// <summary>Whether an exit code says that a signal ended a run, with its state saved.</summary>
    public static bool IsExitCode(int code) => Enum.GetValues<StopSignal>().Any(signal => ExitCode(signal) == code);

    /// <summary>A signal's usual name: SIGTERM.</summary>
    public static string NameOf(StopSignal signal) => signal switch
    {
        StopSignal.HangUp => "SIGHUP",
        StopSignal.Interrupt => "SIGINT",
        _ => "SIGTERM",
    };

    /// <summary>Whether a save was asked for since the last call.</summary>
    public bool TakeSaveRequest() => Interlocked.Exchange(ref save, 0) != 0;

    /// <summary>
    /// Lets SIGUSR1 pass until it is disposed, where nothing listens: before training, and while its report is
    /// measured, there is nothing to save. Null where there is no such signal.
    /// </summary>
    public static IDisposable? IgnoreSaves() => UserSignal is { } user
        ? PosixSignalRegistration.Create((PosixSignal)user, context => context.Cancel = true) : null;

    /// <summary>
    /// Until it is disposed, a request to end ends the process at once, with the signal's exit code: for work of which
    /// all that is to be kept is on disk, and whose next block may last longer than a scheduler waits.
    /// </summary>
    /// <param name="before">Called before, on the signal's thread: says how to resume.</param>
    public IDisposable EndAtOnce(Action<StopSignal> before)
    {
        Volatile.Write(ref ending, before);
        return new Waiting(this);
    }

    /// <summary>
    /// Until it is disposed, the end of standard input ends the process at once where <see cref="InputVariable"/> is 1,
    /// as SIGTERM does by itself: for work after a run, when nothing listens.
    /// </summary>
    public static IDisposable EndWithInput() => new InputEnd();

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }

    /// <returns>Whether the process lives on: a second SIGINT ends it.</returns>
    internal bool Take(StopSignal signal)
    {
        Interlocked.CompareExchange(ref stop, (int)signal, 0);
        if (Interlocked.Exchange(ref ending, null) is { } before)
            ProcessEnd.Now(ExitCode(signal), () => before(signal));
        return signal != StopSignal.Interrupt || Interlocked.Increment(ref interrupts) == 1;
    }

    /// <summary>Asks to end once a stream has ended, or is gone, as a terminal.</summary>
    internal void AwaitEnd(Stream input)
    {
        ReadToEnd(input);
        Take(StopSignal.Terminate);
    }

    private static void ReadToEnd(Stream input)
    {
        try
        {
            while (input.ReadByte() >= 0)
            {
            }
        }
        catch (IOException)
        {
            // There is nothing more to read.
        }
    }

    private static void AtEndOfInput(Action<Stream> take)
    {
        if (Environment.GetEnvironmentVariable(InputVariable) is "1")
            new Thread(() => take(Console.OpenStandardInput())) { IsBackground = true }.Start();
    }

    private bool TakeUser()
    {
        Volatile.Write(ref save, 1);
        return true;
    }

    private void Listen(PosixSignal signal, Action<PosixSignalContext> handle) =>
        registrations.Add(PosixSignalRegistration.Create(signal, handle));

    /// <summary>Whether the process was started with a signal ignored; the kernel tells on Linux.</summary>
    private static bool IsIgnored(int signal)
    {
        const string status = "/proc/self/status";
        var mask = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(
            line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        return mask is not null && (ulong.Parse(
            mask.AsSpan("SigIgn:".Length).Trim(), NumberStyles.HexNumber,
            CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;
    }

    /// <summary>Work that a signal ends at once.</summary>
    private sealed class Waiting(StopRequests requests) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref requests.ending, null);
    }

    /// <summary>Work that the end of standard input ends at once.</summary>
    private sealed class InputEnd : IDisposable
    {
        private bool isOver;

        public InputEnd() => AtEndOfInput(input =>
        {
            ReadToEnd(input);
            if (!Volatile.Read(ref isOver))
                ProcessEnd.Now(ExitCode(StopSignal.Terminate), () => { });
        });

        public void Dispose() => Volatile.Write(ref isOver, true);
    }
}
