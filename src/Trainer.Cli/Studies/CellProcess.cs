using System.Text;
using Trainer.Engine.Signals;

namespace Trainer.Cli.Studies;

/// <summary>Trains a cell in a process of its own, which saves and stops when this one ends.</summary>
internal static class CellProcess
{
    private const int Poll = 100;

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="stopRequested">Asked again and again: once true, the process is asked to save and stop.</param>
    public static CellOutcome Run(IEnumerable<string> arguments, Func<bool> stopRequested)
    {
        var start = OwnProcess.Of(arguments);
        start.RedirectStandardInput = true;
        start.Environment[StopRequests.InputVariable] = "1";
        var errors = new StringBuilder();
        using var process = OwnProcess.Start(start);
        // The run's own log has what it prints.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var isAsked = false;
        while (!process.WaitForExit(Poll))
            if (!isAsked && stopRequested())
            {
                process.StandardInput.Close();
                isAsked = true;
            }
        process.WaitForExit(); // until all of its errors are read
        return new(process.ExitCode, Message(errors.ToString()));
    }

    /// <summary>The error that the command ended with, else the last thing that it wrote.</summary>
    private static string Message(string errors)
    {
        var found = $"\n{errors}".LastIndexOf($"\n{CommandLine.ErrorPrefix}", StringComparison.Ordinal);
        return found >= 0 ? errors[(found + CommandLine.ErrorPrefix.Length)..].Trim()
            : errors.Trim().Split('\n')[^1];
    }
}
