using System.Security.Cryptography;
using System.Text.Json;
using Trainer.Engine.Storage;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>A checkpoint whose every file has the length and hash in its manifest.</summary>
public sealed class Checkpoint
{
    private readonly Manifest manifest;

    private Checkpoint(string path, Manifest manifest, CheckpointState state)
    {
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        this.manifest = manifest;
        State = state;
    }

    /// <summary>Its folder.</summary>
    public string Path { get; }

    /// <summary>The run's state.</summary>
    public CheckpointState State { get; }

    /// <summary>A hash over all of it: equal for copies, different for every other checkpoint.</summary>
    public string Identity => Convert.ToHexStringLower(SHA256.HashData(manifest.ToJson()));

    internal IReadOnlyDictionary<string, ManifestEntry> Files => manifest.Files;

    /// <summary>The folder that a run's file <c>best</c> or <c>latest</c> names; any other path as it is.</summary>
    /// <exception cref="TrainerException">The file cannot be read.</exception>
    public static string Follow(string path)
    {
        if (System.IO.Path.GetFileName(path) is not (RunFileNames.Best or RunFileNames.Latest) || !File.Exists(path))
            return path;
        try
        {
            return System.IO.Path.Combine(
                System.IO.Path.GetDirectoryName(path) ?? "", File.ReadAllText(path).Trim());
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw Unreadable(path, exception);
        }
    }

    /// <summary>
    /// The fault of a checkpoint, or of a run's folder or file, that may be sound and is not to be read at the moment.
    /// </summary>
    internal static TrainerException Unreadable(string path, Exception exception) => new(
        ErrorKind.Checkpoint, $"'{path}' cannot be read: {exception.Message.TrimEnd('.')}. Make it readable, or move "
        + "it away to do without it.", exception);

    /// <summary>
    /// Opens and verifies the checkpoint in a folder of any name, or the one that a run's file best or latest names.
    /// Reads every byte of it.
    /// </summary>
    /// <exception cref="TrainerException">
    /// There is none, it is damaged or cannot be read, or a newer version wrote it.
    /// </exception>
    public static Checkpoint Open(string path)
    {
        path = Follow(path);
        if (!Directory.Exists(path))
            throw new TrainerException(
                ErrorKind.Checkpoint, $"There is no folder '{path}'. Name a checkpoint's folder, "
                + $"such as checkpoints/my-run/{new CheckpointName(17, 469)}.");
        var (checkpoint, problem) = TryOpen(path, CheckpointFormat.Default);
        return checkpoint ?? throw new TrainerException(
            ErrorKind.Checkpoint, $"'{path}' is not a sound checkpoint: {problem?.TrimEnd('.')}. Name another one.");
    }

    /// <summary>Whether it has a tensor file of this name, one of <see cref="CheckpointFiles"/>.</summary>
    public bool Has(string name) => manifest.Files.ContainsKey(CheckpointFiles.FileName(name));

    /// <summary>Opens one of its tensor files; the caller closes it.</summary>
    /// <param name="name">One of <see cref="CheckpointFiles"/>.</param>
    /// <exception cref="TrainerException">It has no such file.</exception>
    public SafetensorsFile OpenTensors(string name) => Has(name)
        ? SafetensorsFile.Open(System.IO.Path.Combine(Path, CheckpointFiles.FileName(name)))
        : throw new TrainerException(ErrorKind.Checkpoint, $"The checkpoint '{Path}' has no "
        + $"{CheckpointFiles.FileName(name)}; it has "
        + $"{string.Join(", ", manifest.Files.Keys.Order(StringComparer.Ordinal))}. "
        + "It was saved from a run without one.");

    /// <returns>The checkpoint, or what is wrong with it.</returns>
    /// <exception cref="TrainerException">It cannot be read, or a newer version wrote it.</exception>
    internal static (Checkpoint? Checkpoint, string? Problem) TryOpen(string path, CheckpointFormat format)
    {
        try
        {
            var (manifest, problem) = Manifest.Read(path);
            problem ??= manifest?.Verify(path);
            if (manifest is null || problem is not null)
                return (null, problem);
            foreach (var name in (string[])[CheckpointFiles.StateJson, CheckpointFiles.FileName(CheckpointFiles.Model)])
            {
                if (!manifest.Files.ContainsKey(name))
                    return (null, $"the manifest does not list {name}");
            }
            var file = System.IO.Path.Combine(path, CheckpointFiles.StateJson);
            return (new Checkpoint(path, manifest, format.Read(file, File.ReadAllBytes(file))), null);
        }
        catch (JsonException exception)
        {
            return (null, $"{CheckpointFiles.StateJson} is not one of its format: {exception.Message}");
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw Unreadable(path, exception);
        }
    }
}
