using System.Text.Json;
using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Evaluation;

/// <summary>A report of a command in a run folder, as JSON.</summary>
internal static class ReportFile
{
    private static readonly JsonSerializerOptions Complete = new(EvaluationReport.Indented)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Writes the file.</summary>
    public static void Write<T>(string path, T report) =>
        AtomicFile.Write(path, JsonSerializer.Serialize(report, EvaluationReport.Indented) + "\n");

    /// <summary>Writes the files of a command that has an option --out.</summary>
    /// <param name="place">What --out names.</param>
    /// <param name="write">Writes them.</param>
    /// <exception cref="TrainerException">There is no room, or no right.</exception>
    public static void WriteAll(string place, Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Other, $"'{place}' cannot be written: {exception.Message.TrimEnd('.')}. Make room, or name "
                + "another place with --out.", exception);
        }
    }

    /// <summary>Reads the file; null where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="command">The one that writes it: "trainer audit".</param>
    /// <exception cref="TrainerException">It is not one that the command writes.</exception>
    public static T? Read<T>(string path, string command)
        where T : class
    {
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Complete);
        }
        catch (JsonException exception)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{path}' is not one that {command} wrote: "
                + $"{exception.Message.TrimEnd('.')}. Move it away.", exception);
        }
    }
}
