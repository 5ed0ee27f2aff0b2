using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Recipes;

namespace Trainer.Reports;

/// <summary>Reads folders in which an evaluation has left its ledger and, at its end, a file of results.</summary>
internal static class RecordedResults
{
    /// <summary>One folder; null where the results are not there yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="results">The file of results.</param>
    /// <param name="kind">What it is called: "evaluation".</param>
    /// <param name="of">
    /// Makes the record of what the verdicts depend on, of the results, and of the ledger's other lines.
    /// </param>
    /// <exception cref="TrainerException">A file is not one that the engine writes.</exception>
    public static T? Read<T>(
        string folder, string results, string kind, Func<LedgerIdentity, JsonObject, IReadOnlyList<string>, T> of)
        where T : class
    {
        var written = Path.Combine(folder, results);
        return File.Exists(written) ? Read(folder, kind, (identity, lines) =>
            of(identity, JsonNode.Parse(File.ReadAllText(written))!.AsObject(), lines)) : null;
    }

    /// <summary>
    /// A folder whose results are not there yet; null where they are, where nothing was begun, and where the ledger is
    /// not one that the engine writes.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="results">The file of results.</param>
    /// <param name="kind">What it is called: "evaluation".</param>
    /// <param name="of">Makes the record of what the verdicts depend on and of the ledger's other lines.</param>
    public static T? ReadInterrupted<T>(
        string folder, string results, string kind, Func<LedgerIdentity, IReadOnlyList<string>, T?> of)
        where T : class
    {
        try
        {
            return File.Exists(Path.Combine(folder, results)) ? null : Read(folder, kind, of);
        }
        catch (TrainerException)
        {
            return null;
        }
    }

    private static T? Read<T>(string folder, string kind, Func<LedgerIdentity, IReadOnlyList<string>, T?> of)
        where T : class
    {
        var ledger = Path.Combine(folder, Ledger.FileName);
        if (!File.Exists(ledger))
            return null;
        try
        {
            using var reader = new StreamReader(new FileStream(
                ledger, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            // A line that a kill left unfinished does not count.
            return reader.ReadToEnd().Split('\n')[..^1] is [var first, .. var lines]
                ? of(LedgerIdentity.Parse(first), lines) : null;
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or IndexOutOfRangeException
            or ArgumentException or NullReferenceException or FormatException)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The {kind} in '{folder}' is not one that the engine wrote: "
                + $"{exception.Message.TrimEnd('.')}. Move the folder away.", exception);
        }
    }

    /// <summary>Each folder's record, of those that have one.</summary>
    /// <param name="evaluations">The folder of all evaluations; need not exist.</param>
    /// <param name="read">Reads one; null where there is none.</param>
    public static IEnumerable<T> ReadAll<T>(string evaluations, Func<string, T?> read)
        where T : class => Directory.Exists(evaluations)
        ? Directory.EnumerateDirectories(evaluations).Order(StringComparer.Ordinal).Select(read).OfType<T>() : [];

    /// <summary>The verdicts of a ledger's lines, in index order.</summary>
    public static IReadOnlyList<LedgerExample> Examples(IEnumerable<string> lines) =>
        [.. Blocks(lines).SelectMany(block => block.Examples).OrderBy(example => example.Index)];

    /// <summary>The blocks of a ledger's lines.</summary>
    public static IReadOnlyList<LedgerBlock> Blocks(IEnumerable<string> lines) =>
        [.. lines.Select(line => JsonSerializer.Deserialize<LedgerBlock>(line, JsonSerializerOptions.Web)!)];
}
