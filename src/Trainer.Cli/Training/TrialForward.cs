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
        // What the child says in its own words, or its last ones where it was ended.
        const string prefix = "error: ";
        if (Enum.IsDefined((ErrorKind)child.ExitCode) && error.StartsWith(prefix, StringComparison.Ordinal))
            throw new TrainerException((ErrorKind)child.ExitCode, error[prefix.Length..]);
        throw new TrainerException(ErrorKind.Recipe,
            $"model: a trial step of {recipe.Model.GetType()} in a process of its own ended it with exit code {child.ExitCode}: {error.ReplaceLineEndings(" ")}");
    }
}
