using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Trainer.Cli.Doctor;
using Trainer.Engine;
using Trainer.Engine.Recipes;
using Trainer.Robustness.Native;

namespace Trainer.Cli;

/// <summary>Runs one command and turns what goes wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Shows where an unexpected error came from.</summary>
    public const string DebugVariable = "TRAINER_DEBUG";

    /// <summary>Runs the command that the arguments name.</summary>
    /// <returns>0 done; 2 recipe or arguments; 3 data; 4 checkpoint; 5 device; 128 and the signal's number; 1 anything else.</returns>
    public static int Run(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            if (parsed.Errors.Count > 0)
                throw new TrainerException(ErrorKind.Recipe, Explain(parsed));
            if (parsed.Action is not HelpAction && parsed.CommandResult.Command.Name != DoctorCommand.Name)
                Libtorch.Load();
            // Commands handle signals themselves; the library's own handling would end the process before a save is done.
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (TrainerException exception)
        {
            return Fail(exception.Message, (int)exception.Kind, exception);
        }
        catch (Exception exception) when (IsNativeLibraryFault(exception))
        {
            return Fail(
                $"libtorch cannot be used: {exception.GetBaseException().Message.Split('\n')[0].TrimEnd('.')}. See what was found with: trainer doctor",
                (int)ErrorKind.Device, exception);
        }
        catch (Exception exception)
        {
            return Fail($"{exception.GetType().Name}: {exception.Message.Split('\n')[0]} ({DebugVariable}=1 shows where)", (int)ErrorKind.Other, exception);
        }
    }

    private static int Fail(string message, int exitCode, Exception exception)
    {
        Console.Error.WriteLine($"error: {message}");
        if (Environment.GetEnvironmentVariable(DebugVariable) is { Length: > 0 })
            Console.Error.WriteLine(exception);
        return exitCode;
    }

    private static bool IsNativeLibraryFault(Exception exception) =>
        exception is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
        || (exception is TypeInitializationException { TypeName: var type } && type.StartsWith("TorchSharp", StringComparison.Ordinal));

    private static string Explain(ParseResult parsed)
    {
        var unrecognised = parsed.Errors.Where(IsUnrecognised).Take(1).ToList();
        var problems = (unrecognised.Count > 0 ? unrecognised : parsed.Errors).Select(Explain);
        return $"{string.Join(" ", problems)} See: {Path(parsed.CommandResult)} --help";
    }

    private static bool IsUnrecognised(ParseError error) => error.Message.StartsWith("Unrecognized", StringComparison.Ordinal);

    private static string Explain(ParseError error)
    {
        var command = (error.SymbolResult as CommandResult ?? error.SymbolResult?.Parent as CommandResult)?.Command;
        var word = error.Message.Split('\'') is [_, var quoted, ..] ? quoted : null;
        if (command is null || word is null || !IsUnrecognised(error))
            return error.Message;
        var names = command.Subcommands.Select(subcommand => subcommand.Name).Concat(command.Options.Select(option => option.Name));
        return Spelling.Nearest(word, names) is { } nearest ? $"{error.Message} Did you mean {nearest}?" : error.Message;
    }

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : result.Command.Name;
}
