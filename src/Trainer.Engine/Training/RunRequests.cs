using Trainer.Engine.Distributed;
using Trainer.Engine.Signals;

namespace Trainer.Engine.Training;

/// <summary>
/// What signals ask of a run. Where it has several processes they agree: what is asked of one of them is done by all,
/// at the same place.
/// </summary>
/// <param name="own">What is asked of this process.</param>
/// <param name="processes">The processes of the run; null for one.</param>
public sealed class RunRequests(StopRequests own, Collectives? processes = null)
{
    /// <summary>How many numbers <see cref="Write"/> gives.</summary>
    internal const int Length = 4;

    // In the order of their precedence.
    private static readonly StopSignal[] Signals =
        [StopSignal.Terminate, StopSignal.HangUp, StopSignal.Interrupt];
    private StopSignal? agreed;
    private bool save;

    /// <summary>The signal on which the run ends; null while there is none.</summary>
    public StopSignal? Stop => IsAlone ? own.Stop : agreed;

    /// <summary>Whether this process was asked to stop: the others may not know it yet.</summary>
    public bool IsAsked => (Stop ?? own.Stop) is not null;

    /// <summary>Called before a signal ends this process at once, on the signal's thread: says how to resume.</summary>
    public Action<StopSignal> Ending { get; init; } = _ => { };

    /// <summary>Whether the first process's clock says that a save is due.</summary>
    internal Func<bool> SaveIsDue { get; set; } = () => false;

    private bool IsAlone => processes is null || processes.Size == 1;

    /// <summary>Asks all processes, each of which has to call this at the same place.</summary>
    /// <returns>Whether the run is to end.</returns>
    public bool AskToStop()
    {
        if (!IsAlone)
            agreed ??= processes!.AllGather((int?)own.Stop).Where(stop => stop is not null)
                .Select(stop => (StopSignal?)stop).FirstOrDefault();
        return Stop is not null;
    }

    /// <summary>
    /// Until it is disposed, a signal ends this process at once, because all that is to be kept is on disk. The
    /// launcher of several then ends the others.
    /// </summary>
    public IDisposable EndAtOnce() => own.EndAtOnce(Ending);

    /// <summary>What is asked of this process, to be added up over all.</summary>
    internal double[] Write() =>
        [.. Signals.Select(signal => own.Stop == signal ? 1.0 : 0), IsSaveWanted() ? 1 : 0];

    /// <summary>Takes the sums over all processes.</summary>
    internal void Read(ReadOnlySpan<double> sums)
    {
        for (var signal = Signals.Length - 1; signal >= 0; signal--)
            if (sums[signal] > 0)
                agreed = Signals[signal];
        save |= sums[Signals.Length] > 0;
    }

    /// <summary>Whether a save was asked for since the last call.</summary>
    internal bool TakeSave()
    {
        if (IsAlone)
            return IsSaveWanted();
        var taken = save;
        save = false;
        return taken;
    }

    private bool IsSaveWanted() => own.TakeSaveRequest() | (processes is not { IsFirst: false } && SaveIsDue());
}
