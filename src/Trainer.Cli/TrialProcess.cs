using Trainer.Engine.Networks;
using Trainer.Engine.Training;
using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Cli;

/// <summary>
/// Tries a user's own code in a child process before anything is created: where TorchSharp catches no exception, a
/// mistake ends the child and becomes an error with its text. The networks that come with the engine need no trial, nor
/// do programs, which are processes of their own.
/// </summary>
internal static class TrialProcess
{
    private const string Variable = "TRAINER_TRIAL";
    private const string Thrown = "what():";

    // A process that signal n ended has the exit code 128 + n.
    private const int Signal = 128;

    /// <summary>Whether this process is the child, and only to try the network.</summary>
    public static bool IsChild => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 };

    /// <summary>
    /// Runs a command that trains as a child; the child itself, and recipes without anything of the user's, run
    /// nothing.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="arguments">The child's command line.</param>
    /// <exception cref="TrainerException">The child failed.</exception>
    public static void RunStep(ResolvedRecipe<Recipe> recipe, IEnumerable<string> arguments)
    {
        if (IsOwn(recipe.Value.Model) && recipe.Extensions.Count > 0 && !IsChild)
            Start(arguments, (reason, end) => new(ErrorKind.Recipe, $"extensions: a trial of a step {end}: {reason}."));
        else
            Run(recipe.Value.Model, arguments);
    }

    /// <summary>
    /// Runs a command of this program as a child; the child itself and networks of the engine's own run nothing.
    /// </summary>
    /// <param name="model">The network.</param>
    /// <param name="arguments">The child's command line.</param>
    /// <exception cref="TrainerException">The child failed.</exception>
    public static void Run(IArchitecture model, IEnumerable<string> arguments)
    {
        if (!IsChild && model is not ProgramNetwork && !IsOwn(model))
            Start(arguments, (reason, end) => model is ForeignNetwork foreign
                ? foreign.Fault($"a trial {end}: {reason}")
                : new(ErrorKind.Recipe, $"model: a trial of the network of {model.GetType()} {end}: {reason}."));
    }

    private static bool IsOwn(IArchitecture model) => model.GetType().Assembly == typeof(IArchitecture).Assembly;

    private static void Start(IEnumerable<string> arguments, Func<string, string, TrainerException> failure)
    {
        var start = OwnProcess.Of(arguments);
        start.Environment[Variable] = "1";
        using var child = OwnProcess.Start(start);
        child.OutputDataReceived += (_, _) => { };
        child.BeginOutputReadLine();
        var error = child.StandardError.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw Failure(failure, child.ExitCode, error);
    }

    private static TrainerException Failure(
        Func<string, string, TrainerException> failure, int exitCode, string error)
    {
        var lines = error.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var found = $"\n{error}".LastIndexOf($"\n{CommandLine.ErrorPrefix}", StringComparison.Ordinal);
        // A failure of the engine's own checks keeps its message.
        if (found >= 0
            && (ErrorKind)exitCode is ErrorKind.Recipe or ErrorKind.Data or ErrorKind.Checkpoint or ErrorKind.Device)
            return new((ErrorKind)exitCode, error[(found + CommandLine.ErrorPrefix.Length)..].Trim());
        var reason = lines.LastOrDefault(line => line.StartsWith(CommandLine.ErrorPrefix, StringComparison.Ordinal))
            ?[CommandLine.ErrorPrefix.Length..]
            ?? lines.SkipWhile(line => !line.StartsWith(Thrown, StringComparison.Ordinal))
            .Select(line => line.Replace(Thrown, "", StringComparison.Ordinal).Trim())
            .FirstOrDefault(line => line.Length > 0)
            ?? lines.FirstOrDefault() ?? "it wrote no error";
        var end = exitCode > Signal ? $"was ended by signal {exitCode - Signal}" : $"failed with exit code {exitCode}";
        return failure(reason.TrimEnd('.'), $"in a child process {end}");
    }
}
