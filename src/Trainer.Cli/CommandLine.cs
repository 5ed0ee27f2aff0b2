using System.CommandLine;
using System.CommandLine.Help;
using Trainer.Cli.Doctor;
using Trainer.Cli.Options;
using Trainer.Engine.Devices;
using Trainer.Recipes;
using Trainer.Robustness.Native;

namespace Trainer.Cli;

/// <summary>Runs one command and turns what goes wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Shows where an unexpected error came from.</summary>
    public const string DebugVariable = "TRAINER_DEBUG";

    /// <summary>Begins the line of an error.</summary>
    public const string ErrorPrefix = "error: ";

    /// <summary>Runs the command that the arguments name.</summary>
    /// <returns>
    /// 0 done; 2 recipe or arguments; 3 data; 4 checkpoint; 5 device; 6 standard output; 128 and the signal's number;
    /// 1 anything else.
    /// </returns>
    public static int Run(RootCommand root, string[] args)
    {
        var output = new PatientWriter(Console.Out);
        Console.SetOut(output);
        try
        {
            var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            ParseFaults.ThrowIfAny(parsed);
            NativeEnvironment.Prepare();
            if (parsed.Action is not HelpAction && parsed.CommandResult.Command.Name != DoctorCommand.Name)
                Libtorch.Load();
            // Commands handle signals themselves; the library's own handling would end the process before a save is
            // done.
            var exitCode = parsed.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
            ReportLostText(parsed, output.Failure, exitCode);
            return exitCode;
        }
        catch (Exception exception)
        {
            return Report(exception);
        }
    }

    /// <summary>Prints an error as one line.</summary>
    /// <param name="exception">What went wrong.</param>
    /// <param name="where">Begins the line: which of several processes; empty for one.</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception exception, string where = "") => exception switch
    {
        TrainerException known => Fail($"{where}{known.Message}", (int)known.Kind, exception),
        _ when IsNativeLibraryFault(exception) => Fail(
            $"{where}libtorch cannot be used: {exception.GetBaseException().Message.Split('\n')[0].TrimEnd('.')}. "
            + "See what was found with: trainer doctor",
            (int)ErrorKind.Device, exception),
        _ => Fail(
            $"{where}{exception.GetType().Name}: {exception.Message.Split('\n')[0]} ({DebugVariable}=1 shows where)",
            (int)ErrorKind.Other, exception),
    };

    /// <summary>Lost text is a failure where it was the command's only result, else a warning.</summary>
    private static void ReportLostText(ParseResult parsed, string? failure, int exitCode)
    {
        if (failure is null)
            return;
        var command = parsed.CommandResult.Command;
        if (parsed.Action == command.Action && command is FileCommand files && files.WritesFiles(parsed))
            Console.Error.WriteLine(
                $"warning: standard output cannot be written ({failure}): printed lines are lost, "
                + "the files of this command are not affected.");
        else if (exitCode == 0)
            throw new TrainerException(ErrorKind.Output,
                $"standard output cannot be written: {failure}. "
                + "Send it to a terminal, a pipe, or a file on a disk with room.");
    }

    private static int Fail(string message, int exitCode, Exception exception)
    {
        Console.Error.WriteLine($"{ErrorPrefix}{message}");
        if (Environment.GetEnvironmentVariable(DebugVariable) is { Length: > 0 })
            Console.Error.WriteLine(exception);
        return exitCode;
    }

    private static bool IsNativeLibraryFault(Exception exception) =>
        exception is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
        || (exception is TypeInitializationException { TypeName: var type }
        && type.StartsWith("TorchSharp", StringComparison.Ordinal));
}
