using Trainer.Engine.Checkpoints;
using Trainer.Reports.Charts;
using Trainer.Reports.Markup;

namespace Trainer.Reports;

/// <summary>
/// What pages call the weights that a run's folder has certifications and verifications of: best and last as its
/// results do, another checkpoint of the run by its folder, other weights by their hash.
/// </summary>
internal static class WeightsNames
{
    /// <summary>Each record with the name of its weights: other weights and other data have other names.</summary>
    /// <param name="run">The run.</param>
    /// <param name="records">Its certifications or its verifications.</param>
    public static IReadOnlyList<(string Name, T Record)> Of<T>(RunRecord run, IReadOnlyList<T> records)
        where T : IProofRecord
    {
        IEnumerable<IProofRecord> all = [.. run.Certifications, .. run.Verifications];
        // The same weights may be the best and the last ones.
        var names = all.GroupBy(record => record.Identity.Weights).ToDictionary(
            same => same.Key,
            same => same.Select(record => CheckpointOf(run, record.Weights)).OfType<string>()
                .OrderBy(name => name is not ("best" or "last")).ThenBy(name => name, StringComparer.Ordinal)
                .FirstOrDefault() ?? OfHash(same.Key));
        return Of(records, weights => names[weights]);
    }

    /// <summary>Each record with the name of its weights, of which the hash alone is known.</summary>
    public static IReadOnlyList<(string Name, T Record)> Of<T>(IReadOnlyList<T> records)
        where T : IProofRecord => Of(records, OfHash);

    private static IReadOnlyList<(string Name, T Record)> Of<T>(IReadOnlyList<T> records, Func<string, string> name)
        where T : IProofRecord => [.. SeriesNames.Of([.. records.Select(record => (string[])
            [name(record.Identity.Weights), OfHash(record.Identity.Weights),
                $"data {Format.Short(record.Identity.Data)}"])]).Zip(records)];

    private static string OfHash(string weights) => $"weights {Format.Short(weights)}";

    /// <summary>The checkpoint of the run that a path names; null where it names none.</summary>
    private static string? CheckpointOf(RunRecord run, string path)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        // As it was written: relative to a folder that is not known, perhaps before the run was moved.
        return Path.GetFileName(Path.GetDirectoryName(path)) is { } parent
            && (parent is "" or "." || parent == Path.GetFileName(run.Folder))
            && CheckpointName.TryParse(Path.GetFileName(path), out var name)
            ? name.Step == run.State?.Best?.Step ? "best" : name.Step == run.State?.GlobalStep ? "last" : $"{name}"
            : null;
    }
}
