using System.Security.Cryptography;
using System.Text.Json;
using Trainer.Engine.Storage;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// The contents of manifest.json: every other file of a checkpoint with its length and hash. Its form is the same for
/// all formats.
/// </summary>
internal sealed record Manifest(SortedDictionary<string, ManifestEntry> Files)
{
    public const string FileName = "manifest.json";

    /// <summary>Reads a folder's manifest.</summary>
    /// <returns>It, or what is wrong with it.</returns>
    /// <exception cref="IOException">It cannot be read, and may be sound.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static (Manifest? Manifest, string? Problem) Read(string folder)
    {
        try
        {
            var path = Path.Combine(folder, FileName);
            if (IsMissing(path))
                return (null, $"{FileName} is missing");
            var manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllBytes(path), CheckpointJson.Options);
            if (manifest?.Files is null || manifest.Files.Any(file => file.Value is null || !IsPlain(file.Key)))
                return (null, $"{FileName} is not a list of files with length and hash");
            return (manifest, null);
        }
        catch (JsonException)
        {
            return (null, $"{FileName} is not the JSON that the engine writes");
        }
    }

    /// <summary>Compares every file's length and hash.</summary>
    /// <returns>What is wrong with the first that differs; null where none does.</returns>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public string? Verify(string folder) => Files
        .Select(file => Verify(Path.Combine(folder, file.Key), file.Key, file.Value))
        .FirstOrDefault(problem => problem is not null);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Options);

    private static string? Verify(string path, string name, ManifestEntry expected)
    {
        if (IsMissing(path))
            return $"{name} is missing";
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, FileOptions.SequentialScan);
        if (stream.Length != expected.Length)
            return $"{name} has {stream.Length} bytes, and the manifest has {expected.Length}";
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == expected.Sha256 ? null
            : $"the contents of {name} are not those that were saved";
    }

    /// <summary>
    /// Whether there is no such file, or a folder in its place. A file that may not be looked at is not missing.
    /// </summary>
    /// <exception cref="UnauthorizedAccessException">That cannot be told.</exception>
    private static bool IsMissing(string path)
    {
        try
        {
            return File.GetAttributes(path).HasFlag(FileAttributes.Directory);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return true;
        }
    }

    private static bool IsPlain(string name) =>
        name.Length > 0 && name != "." && name != ".." && name != FileName
        && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;
}
