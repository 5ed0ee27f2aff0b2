using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Evaluation.Checks;

/// <summary>checks.json: the results of the masking checks, for people and other programs.</summary>
public static class CheckReport
{
    // Names in files of earlier versions.
    private static readonly (string Former, string Present)[] Renamed =
        [("figure", "value"), ("says", "explanation")];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes the results into a folder.</summary>
    /// <exception cref="TrainerException">There is no room, or no right.</exception>
    public static void Write(string folder, IReadOnlyList<CheckResult> results) =>
        AtomicFile.WriteResult(
        Path.Combine(folder, RunFileNames.Checks), JsonSerializer.Serialize(results, Options) + "\n");

    /// <summary>The results in a folder; none where there is no such file.</summary>
    /// <exception cref="TrainerException">It is not a file that the engine writes.</exception>
    public static IReadOnlyList<CheckResult> Read(string folder)
    {
        var path = Path.Combine(folder, RunFileNames.Checks);
        if (!File.Exists(path))
            return [];
        try
        {
            var results = JsonSerializer.Deserialize<List<JsonObject>>(File.ReadAllText(path), Options) ?? [];
            foreach (var result in results)
                foreach (var (former, present) in Renamed)
                    if (result.Remove(former, out var value))
                        result[present] = value;
            return [.. results.Select(result => result.Deserialize<CheckResult>(Options)!)];
        }
        catch (JsonException exception)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{path}' is not a file that the engine writes: "
                + $"{exception.Message.TrimEnd('.')}. Move it away.", exception);
        }
    }
}
