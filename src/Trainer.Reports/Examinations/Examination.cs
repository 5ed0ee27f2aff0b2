using System.Text.Encodings.Web;
using System.Text.Json;
using Trainer.Engine.Checkpoints;
using Trainer.Engine.Storage;

namespace Trainer.Reports.Examinations;

/// <summary>
/// What a report shows of a checkpoint and cannot read from metrics.jsonl: kept in the run folder, so that it is
/// computed once.
/// </summary>
/// <param name="Checkpoint">The checkpoint's name.</param>
/// <param name="Identity">A hash over all of it.</param>
/// <param name="Requested">How many test images were requested; the data set may have fewer.</param>
/// <param name="Evaluations">The evaluations that were there, by the names of their folders.</param>
/// <param name="ClassNames">One name a class.</param>
/// <param name="Curve">Accuracy against ε; null where the threat model has no radius.</param>
/// <param name="Attacked">Confusion and pictures; null where nothing was attacked.</param>
public sealed record Examination(
    string Checkpoint, string Identity, int Requested, IReadOnlyList<string> Evaluations,
    IReadOnlyList<string> ClassNames,
    RadiusCurve? Curve, AttackedExamples? Attacked)
{
    /// <summary>Images with the trigger of the run's poison; empty where it has none.</summary>
    public IReadOnlyList<TriggeredPicture> Triggered { get; init; } = [];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The one that a run folder keeps; null where there is none that this version understands.</summary>
    public static Examination? Read(string folder)
    {
        var path = Path.Combine(folder, RunFileNames.Examination);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<Examination>(File.ReadAllBytes(path), Options) is
            {
                ClassNames: not null,
                Evaluations: not null
            } read ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps it in a run folder.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string folder) =>
        AtomicFile.Write(Path.Combine(folder, RunFileNames.Examination), JsonSerializer.Serialize(this, Options));
}
