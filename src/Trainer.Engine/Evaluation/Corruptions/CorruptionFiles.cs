using System.Text.Json;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Evaluation.Corruptions;

/// <summary>corruptions.json: accuracy under the common corruptions, for people and other programs.</summary>
public static class CorruptionFiles
{
    private const string Name = "corruptions.json";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Whether a folder has such a file.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Name));

    /// <summary>Writes the report into a folder.</summary>
    /// <exception cref="TrainerException">There is no room, or no right.</exception>
    public static void Write(string folder, CorruptionReport report) =>
        AtomicFile.WriteResult(Path.Combine(folder, Name), JsonSerializer.Serialize(report, Options) + "\n");

    /// <summary>
    /// The reports of all evaluations; equal ones once, as of weights that were measured by an earlier version, which
    /// did not name data and seed, and again.
    /// </summary>
    /// <param name="evaluations">Their folder; need not exist.</param>
    /// <exception cref="TrainerException">A file is not one that the engine writes.</exception>
    public static IReadOnlyList<CorruptionReport> ReadAll(string evaluations) => !Directory.Exists(evaluations) ? []
        : [.. Directory.EnumerateDirectories(evaluations).Order(StringComparer.Ordinal).Where(IsIn).Select(Read)
            .OrderBy(report => report.Data is null)
            .DistinctBy(report => JsonSerializer.Serialize(report with { Data = null, Seed = null }, Options))];

    private static CorruptionReport Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            return JsonSerializer.Deserialize<CorruptionReport>(File.ReadAllText(path), Options)
                is { Clean: not null, Results: { Count: > 0 } results } report
                && results.All(result => result is { Corruption: not null, Accuracy: not null })
                ? report : throw new JsonException("values are missing");
        }
        catch (JsonException exception)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{path}' is not a file that the engine writes: "
                + $"{exception.Message.TrimEnd('.')}. Move it away.", exception);
        }
    }
}
