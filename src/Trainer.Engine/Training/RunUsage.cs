using System.Text.Json;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;

namespace Trainer.Engine.Training;

/// <summary>What a run has cost so far, over all of its starts: the run folder's usage.json.</summary>
/// <param name="Seconds">
/// Wall-clock time of its processes, final evaluation included. Of one that was killed, up to its last epoch.
/// </param>
/// <param name="PeakBytes">The most memory of any of its processes; null where the system does not tell.</param>
public sealed record RunUsage(double Seconds, long? PeakBytes)
{
    /// <summary>The usage of a run; null where it was not recorded.</summary>
    /// <param name="folder">The run folder; need not exist.</param>
    public static RunUsage? Read(string folder)
    {
        var path = Path.Combine(folder, RunFileNames.Usage);
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<RunUsage>(File.ReadAllText(path), JsonSerializerOptions.Web) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal void Write(string path) =>
        AtomicFile.WriteInFolder(path, JsonSerializer.Serialize(this, JsonSerializerOptions.Web) + "\n");
}
