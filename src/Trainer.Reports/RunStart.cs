using System.Text.Json;
using Trainer.Engine.Checkpoints;

namespace Trainer.Reports;

/// <summary>One start of a run: a line of the run folder's starts.jsonl.</summary>
/// <param name="Time">When.</param>
/// <param name="Arguments">The command line after the command's own name.</param>
public sealed record RunStart(DateTimeOffset Time, IReadOnlyList<string> Arguments)
{

    /// <summary>The command line as a shell takes it.</summary>
    public string CommandLine => string.Join(' ', Arguments.Select(Quoted).Prepend("trainer"));

    /// <summary>Adds this start to those of a run folder.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void AppendTo(string folder) =>
        File.AppendAllText(
        Path.Combine(folder, RunFileNames.Starts), JsonSerializer.Serialize(this, JsonSerializerOptions.Web) + "\n");

    /// <summary>
    /// The starts of a run, in order; none where they were not recorded. Lines that a full disk cut are passed over.
    /// </summary>
    public static IReadOnlyList<RunStart> Read(string folder)
    {
        var path = Path.Combine(folder, RunFileNames.Starts);
        return File.Exists(path) ? [.. File.ReadLines(path).Select(Parse).OfType<RunStart>()] : [];
    }

    private static RunStart? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<RunStart>(
                line, JsonSerializerOptions.Web) is { Arguments: not null } start ? start : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(
        character => char.IsAsciiLetterOrDigit(character) || "-_./=:,+@%".Contains(character, StringComparison.Ordinal))
        ? argument : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
