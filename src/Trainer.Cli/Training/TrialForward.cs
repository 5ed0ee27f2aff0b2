using System.Diagnostics;
using Trainer.Engine;
using Trainer.Engine.Recipes;
using Trainer.Robustness.Models;

namespace Trainer.Cli.Training;

/// <summary>
/// A step of a user's own network in a child process before anything is created: a network that makes torch abort
/// ends the child, and becomes an error with its text. The networks that come with the engine need no trial.
/// </summary>
internal static class TrialForward
{
    /// <summary>Runs <c>trainer recipe check</c> with the same recipe.</summary>
    /// <param name="arguments">The arguments that name the recipe.</param>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="TrainerException">The child failed.</exception>
    public static void Run(IEnumerable<string> arguments, Recipe recipe)
    {
        if (recipe.Model.GetType().Assembly == typeof(IArchitecture).Assembly)
            return;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove(CommandLine.DebugVariable);
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(TrialForward).Assembly.Location);
        foreach (var argument in (string[])["recipe", "check", .. arguments])
            start.ArgumentList.Add(argument);
        using var child = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        child.OutputDataReceived += (_, _) => { };
        child.BeginOutputReadLine();
        var error = child.StandardError.ReadToEnd().Trim();
        child.WaitForExit();
        if (child.ExitCode == 0)
            return;
        const string prefix = "error: ";
        var said = $"\n{error}".LastIndexOf($"\n{prefix}", StringComparison.Ordinal);
        var problem = said < 0 ? error : error[(said + prefix.Length)..];
        // What a check of ours found is told in its own words.
        if (said >= 0 && (ErrorKind)child.ExitCode is ErrorKind.Recipe or ErrorKind.Data or ErrorKind.Checkpoint or ErrorKind.Device)
            throw new TrainerException((ErrorKind)child.ExitCode, problem);
        throw new TrainerException(ErrorKind.Recipe,
            $"model: a trial step of the network of {recipe.Model.GetType()} failed with exit code {child.ExitCode}: {problem.ReplaceLineEndings(" ")}");
    }
}
