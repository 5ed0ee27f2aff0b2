using System.CommandLine;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Weights;
using Trainer.Recipes;

namespace Trainer.Cli.Options;

/// <summary>The argument of commands that need a run and not weights alone.</summary>
internal static class RunArgument
{
    public static Argument<string> Create() => new("run")
    {
        Description = "A run folder (its best checkpoint), or a checkpoint.",
    };

    /// <summary>Finds the checkpoint that the argument names. Loads nothing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="run">The argument.</param>
    /// <param name="recorded">What the command reads in a checkpoint: "what it was trained on".</param>
    /// <exception cref="TrainerException">There is none.</exception>
    public static (WeightsSource Source, Checkpoint Checkpoint) Find(
        ParseResult parsed, Argument<string> run, string recorded)
    {
        var source = WeightsSource.Find(
            parsed.GetRequiredValue(run), damaged => Console.Error.WriteLine($"warning: {damaged}"));
        return source.Checkpoint is { } checkpoint ? (source, checkpoint) : throw new TrainerException(
            ErrorKind.Recipe, $"'{source.Path}' is a file of weights, and nothing records {recorded}. Name a run "
            + "folder or a checkpoint.");
    }
}
