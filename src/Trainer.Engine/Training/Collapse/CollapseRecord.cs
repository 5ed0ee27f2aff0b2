using System.Text.Json;
using System.Text.Json.Serialization;
using Trainer.Engine.Checkpoints;

namespace Trainer.Engine.Training.Collapse;

/// <summary>A collapse of training, as a line of the run folder's collapses.jsonl.</summary>
/// <param name="Attempt">Roll-backs before it.</param>
/// <param name="Step">Global steps done.</param>
/// <param name="Kind">What kind of collapse it is.</param>
/// <param name="Saw">The metrics, as a sentence.</param>
/// <param name="Action">What the run did.</param>
public sealed record CollapseRecord(int Attempt, long Step, CollapseKind Kind, string Saw, CollapseAction Action)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>
    /// The collapses of a run, each once: a run that is resumed before one sees it again, and may do something else.
    /// Lines that a full disk cut are passed over.
    /// </summary>
    /// <param name="folder">The run folder; need not exist.</param>
    public static IReadOnlyList<CollapseRecord> Read(string folder)
    {
        var path = Path.Combine(folder, RunFileNames.Collapses);
        return !File.Exists(path) ? [] : [.. File.ReadLines(path).Select(Parse).OfType<CollapseRecord>()
            .GroupBy(collapse => (collapse.Attempt, collapse.Step, collapse.Kind)).Select(same => same.Last())];
    }

    /// <summary>Adds the line.</summary>
    /// <param name="path">The file; created where it is missing.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal void AppendTo(string path) => File.AppendAllText(path, JsonSerializer.Serialize(this, Options) + "\n");

    private static CollapseRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<CollapseRecord>(line, Options) is { Saw: not null } record
                ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
