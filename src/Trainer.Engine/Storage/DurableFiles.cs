using System.Text;

namespace Trainer.Engine.Storage;

/// <summary>
/// The file operations of a save. What one has done survives the end of the process; what was synced survives the
/// machine's.
/// </summary>
/// <param name="before">
/// Called with each operation's description before it begins; it may throw, as the operation itself may.
/// </param>
internal sealed class DurableFiles(Action<string>? before = null)
{
    /// <summary>Creates a folder in one that exists.</summary>
    public void CreateDirectory(string path)
    {
        Before("create", path);
        if (Path.GetDirectoryName(path) is { } parent && !Directory.Exists(parent))
            throw new DirectoryNotFoundException($"There is no folder '{parent}'.");
        Directory.CreateDirectory(path);
    }

    /// <summary>Writes a new file and syncs it.</summary>
    /// <returns>What it holds, as hashed on its way.</returns>
    public ManifestEntry Write(string path, Action<Stream> write)
    {
        Before("create", path);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var hashing = new HashingStream(file, () => Before("write", path));
        write(hashing);
        Before("sync", path);
        file.Flush(flushToDisk: true);
        return hashing.Entry();
    }

    /// <summary>Syncs a file that something else has written, if it is there.</summary>
    public void SyncFile(string path)
    {
        if (!File.Exists(path))
            return;
        Before("sync", path);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    public void SyncDirectory(string path)
    {
        Before("sync", path);
        DirectorySync.Sync(path);
    }

    public void MoveDirectory(string from, string to)
    {
        Before("rename", from);
        Directory.Move(from, to);
    }

    public void DeleteDirectory(string path)
    {
        Before("delete", path);
        Directory.Delete(path, recursive: true);
    }

    /// <summary>Replaces a small file whole.</summary>
    public void ReplaceText(string path, string text)
    {
        var folder = Path.GetDirectoryName(path) ?? "";
        var temporary = Path.Combine(folder, ".tmp-" + Path.GetFileName(path));
        File.Delete(temporary);
        Write(temporary, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        Before("rename", temporary);
        File.Move(temporary, path, overwrite: true);
    }

    private void Before(string action, string path) => before?.Invoke($"{action} {Path.GetFileName(path)}");
}
