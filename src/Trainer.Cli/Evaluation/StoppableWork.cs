using Trainer.Engine.Distributed;
using Trainer.Engine.Signals;
using Trainer.Engine.Training;

namespace Trainer.Cli.Evaluation;

/// <summary>Work with a ledger that a signal ends at once: the ledger has every block that is done.</summary>
internal static class StoppableWork
{
    /// <summary>Runs it; a signal's exit code where one came before it began.</summary>
    /// <param name="work">Asks between blocks whether to stop, and returns false where it did.</param>
    /// <param name="keeps">Whether a ledger keeps what was done.</param>
    /// <param name="processes">Those that share the work; null for this one alone.</param>
    public static int Run(Func<Func<bool>, bool> work, bool keeps, Collectives? processes = null)
    {
        using var own = new StopRequests();
        using var atOnce = own.EndAtOnce(Say);
        var requests = new RunRequests(own, processes);
        if (work(() => requests.IsAsked))
            return 0;
        requests.AskToStop();
        var signal = requests.Stop!.Value;
        Say(signal);
        return StopRequests.ExitCode(signal);

        void Say(StopSignal signal)
        {
            new EvaluationProgressLine().Clear();
            Console.Error.WriteLine(StopMessage.Of(signal, keeps));
        }
    }
}
