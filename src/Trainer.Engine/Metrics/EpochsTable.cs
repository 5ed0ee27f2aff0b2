using System.Text;
using System.Text.Json;
using Trainer.Engine.Storage;

namespace Trainer.Engine.Metrics;

/// <summary>epochs.csv: the epoch lines of metrics.jsonl as a table, rewritten whole each time.</summary>
public static class EpochsTable
{
    /// <summary>Replaces the table at once, so that a reader never sees half of it.</summary>
    /// <param name="path">The table.</param>
    /// <param name="epochs">Its rows.</param>
    public static void Write(string path, IReadOnlyList<EpochMetrics> epochs)
    {
        var rows = epochs.Select(Flatten).ToList();
        var columns = rows.SelectMany(row => row.Keys).Distinct(StringComparer.Ordinal).ToList();
        var text = new StringBuilder().AppendJoin(',', columns.Select(Quote)).Append('\n');
        foreach (var row in rows)
            text.AppendJoin(',', columns.Select(column => Quote(row.GetValueOrDefault(column, "")))).Append('\n');
        AtomicFile.WriteInFolder(path, text.ToString());
    }

    /// <summary>A row's cells by column, nested names joined with a dot.</summary>
    private static Dictionary<string, string> Flatten(EpochMetrics epoch)
    {
        var cells = new Dictionary<string, string>(StringComparer.Ordinal);
        using var line = JsonDocument.Parse(epoch.ToJson());
        foreach (var property in line.RootElement.EnumerateObject().Where(property => property.Name != "type"))
            Flatten(property.Name, property.Value, cells);
        return cells;
    }

    private static void Flatten(string name, JsonElement value, Dictionary<string, string> cells)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
                Flatten($"{name}.{property.Name}", property.Value, cells);
        }
        else if (value.ValueKind != JsonValueKind.Null)
        {
            cells[name] = value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : value.GetRawText();
        }
    }

    private static string Quote(string cell) =>
        cell.AsSpan().ContainsAny(",\"\n\r") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
