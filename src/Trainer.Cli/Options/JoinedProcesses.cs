using System.CommandLine;
using Trainer.Engine.Distributed;
using Trainer.Engine.Distributed.Mpi;

namespace Trainer.Cli.Options;

/// <summary>Runs a command in one or several processes.</summary>
internal static class JoinedProcesses
{
    // Of a fault that all have, the others leave the first this time to report it and to end them, or two reports are
    // printed. The training loop has ended its saves before.
    private static readonly TimeSpan Precedence = TimeSpan.FromSeconds(1);

    /// <summary>The option --processes.</summary>
    public static Option<ProcessesChoice?> Option() => WordOption.Create<ProcessesChoice>(
        "--processes", "Whether the processes that mpirun or srun has started work together by MPI: auto (the default) "
        + "where there are several, one never, mpi always.");

    /// <summary>
    /// Joins the other processes, runs the command, and leaves them when all are done. Where one fails, all end.
    /// </summary>
    /// <param name="choice">What the command line says.</param>
    /// <param name="command">The command; its result is the exit code.</param>
    public static int Run(ProcessesChoice? choice, Func<Collectives, int> command)
    {
        // A child that tries a network has the command line of one of the processes, and is none of them.
        var processes = Launcher.Join(TrialProcess.IsChild ? ProcessesChoice.One : choice ?? ProcessesChoice.Auto);
        var (output, error) = (Console.Out, Console.Error);
        try
        {
            if (!processes.IsFirst)
            {
                Console.SetOut(TextWriter.Null);
                Console.SetError(TextWriter.Null);
            }
            var exitCode = command(processes);
            processes.Barrier();
            processes.Dispose();
            return exitCode;
        }
        catch (Exception exception) when (processes.Size > 1)
        {
            if (!processes.IsFirst)
                Thread.Sleep(Precedence);
            Console.SetError(error);
            var exitCode = CommandLine.Report(exception, $"rank {processes.Rank} on {Environment.MachineName}: ");
            processes.Abort(exitCode);
            return exitCode;
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
