using Trainer.Engine.Studies;

namespace Trainer.Cli.Studies;

/// <summary>The command line that trains a cell, which may also be given by hand.</summary>
internal static class CellCommand
{
    /// <param name="cell">The cell.</param>
    /// <param name="folder">Where its run folder is.</param>
    /// <param name="extensions">The study's extensions.</param>
    /// <param name="skipFinal">Whether its final evaluation waits for the selection.</param>
    public static IEnumerable<string> Of(
        StudyCell cell, StudyFolder folder, IReadOnlyList<string> extensions, bool skipFinal) =>
    [
        "train", cell.File, "--run", folder.Of(cell),
        .. cell.Changes.SelectMany(change => new[] { "--set", change }),
        .. extensions.SelectMany(extension => new[] { "--extension", extension }),
        .. skipFinal ? ["--skip-final"] : (string[])[],
    ];
}
