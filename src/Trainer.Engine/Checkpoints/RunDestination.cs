using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>Checks that the results of a command are not written among the files of a run.</summary>
public static class RunDestination
{
    /// <summary>Checks that a new run is not inside another one, with which it would be moved and deleted.</summary>
    /// <param name="name">The option that names it, for messages.</param>
    /// <param name="path">The folder.</param>
    /// <exception cref="TrainerException">It is inside a run folder.</exception>
    public static void CheckOutside(string name, string path)
    {
        foreach (var (run, _) in Around(path))
            throw new TrainerException(ErrorKind.Recipe, $"{name}: '{path}' is inside the run folder '{run}', expected "
                + "a folder outside every run. Name another.");
    }

    /// <summary>Checks that a file or folder is not where a run keeps its own, or a checkpoint would be.</summary>
    /// <param name="name">The option that names it, for messages.</param>
    /// <param name="path">The file or folder.</param>
    /// <param name="own">Where the command may write in its own run; null for nowhere.</param>
    /// <exception cref="TrainerException">It is.</exception>
    public static void CheckFree(string name, string path, string? own = null)
    {
        foreach (var (run, entry) in Around(path))
            if (IsOfRun(entry) && (own is null || Path.GetFullPath(own) != Path.Combine(run, entry)))
                throw new TrainerException(ErrorKind.Recipe, $"{name}: '{path}' is at {entry} in the run folder "
                    + $"'{run}', which is for the run's own files. Name another place.");
    }

    /// <summary>The run folders around a path, from the inside, each with the name in it that leads there.</summary>
    private static IEnumerable<(string Run, string Entry)> Around(string path)
    {
        var inner = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        while (Path.GetDirectoryName(inner) is { } outer)
        {
            if (IsRun(outer))
                yield return (outer, Path.GetFileName(inner));
            inner = outer;
        }
    }

    private static bool IsRun(string folder)
    {
        try
        {
            return Directory.Exists(folder) && !File.Exists(Path.Combine(folder, RunFileNames.Study))
                && RunFolder.IsRun(folder);
        }
        catch (UnauthorizedAccessException)
        {
            return false; // A folder above that may be passed through and not read.
        }
    }

    /// <summary>Whether a name in a run folder is for the run: names with a dot are of files under way.</summary>
    private static bool IsOfRun(string entry) =>
        entry[0] == '.' || RunFileNames.Written.Contains(entry) || CheckpointName.TryParse(entry, out _);
}
