namespace Trainer.Engine.Signals;

/// <summary>Signals on which a run saves and ends; the values are the signals' numbers.</summary>
public enum StopSignal
{
    /// <summary>SIGHUP: the terminal went away.</summary>
    HangUp = 1,

    /// <summary>SIGINT: Ctrl+C.</summary>
    Interrupt = 2,

    /// <summary>SIGTERM: the machine or the scheduler wants it to end.</summary>
    Terminate = 15,
}
