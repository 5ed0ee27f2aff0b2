using System.ComponentModel;
using System.Diagnostics;
using Trainer.Engine.Distributed.Mpi;
using Trainer.Recipes;

namespace Trainer.Cli;

/// <summary>This program in another process.</summary>
internal static class OwnProcess
{
    /// <summary>
    /// What starts a command of this program, with its output and errors to read. It is none of the processes that a
    /// launcher has started.
    /// </summary>
    public static ProcessStartInfo Of(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])[CommandLine.DebugVariable, .. Launcher.Variables])
            start.Environment.Remove(name);
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(OwnProcess).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Starts it.</summary>
    /// <exception cref="TrainerException">The system starts no further process.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        }
        catch (Win32Exception exception)
        {
            throw new TrainerException(
                ErrorKind.Other, $"The process '{start.FileName}' cannot be started: {exception.Message.TrimEnd('.')}. "
                + "Look at the limits of memory and processes.", exception);
        }
    }
}
