using System.CommandLine;
using Trainer.Recipes;

namespace Trainer.Cli.Options;

/// <summary>Options that a command would pass over because of another one.</summary>
internal static class UnusedOptions
{
    /// <summary>Refuses the first of them that is given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="with">The other option, and why: "--method loss, which needs no shadow run".</param>
    /// <param name="options">They.</param>
    /// <exception cref="TrainerException">One is given.</exception>
    public static void Refuse(ParseResult parsed, string with, IEnumerable<Option> options)
    {
        if (options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given)
            throw new TrainerException(ErrorKind.Recipe, $"{given.Name} is not for {with}. Leave it out.");
    }
}
