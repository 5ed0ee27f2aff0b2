using Trainer.Engine.Distributed;
using Trainer.Engine.Signals;
using Trainer.Engine.Training;

namespace Trainer.Cli.Evaluation;

/// <summary>Work with a ledger that a signal stops between two blocks.</summary>
internal static class StoppableWork
{
    /// <summary>Runs it; a signal's exit code where one stopped it.</summary>
    /// <param name="work">Asks between blocks whether to stop, and returns false where it did.</param>
    /// <param name="keeps">Whether a ledger keeps what was done.</param>
    /// <param name="processes">Those that share the work; null for this one alone.</param>
    public static int Run(Func<Func<bool>, bool> work, bool keeps, Collectives? processes = null)
    {
        using var own = new StopRequests();
        var requests = new RunRequests(own, processes);
        if (work(() => requests.IsAsked))
            return 0;
        requests.AskToStop();
        var signal = requests.Stop!.Value;
        Console.Error.WriteLine(StopMessage.Of(signal, keeps));
        return StopRequests.ExitCode(signal);
    }
}
