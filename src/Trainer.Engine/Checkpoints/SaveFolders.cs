using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// The folders of a run folder that bear a checkpoint's name, or did before they were finished or given up.
/// </summary>
internal sealed class SaveFolders(string folder, DurableFiles files)
{
    private const string TemporaryPrefix = ".tmp-";
    private const string TrashPrefix = ".trash-";

    /// <summary>By rising number.</summary>
    public CheckpointName[] Names() =>
    [
        .. Directory.GetDirectories(folder)
            .Select(path => CheckpointName.TryParse(Path.GetFileName(path), out var name) ? name : null)
            .OfType<CheckpointName>()
            .OrderBy(name => name.Save)
            .ThenBy(name => name.Step),
    ];

    public string PathOf(CheckpointName name) => Path.Combine(folder, name.ToString());

    /// <summary>
    /// Writes a folder beside its place and moves it there. Nothing is at its place before all of it is synced.
    /// </summary>
    public void Create(PreparedSave save, Action beforeMove)
    {
        var temporary = Path.Combine(folder, TemporaryPrefix + save.Name);
        DeleteIfThere(temporary);
        try
        {
            WriteFiles(save, temporary);
            beforeMove();
            files.MoveDirectory(temporary, PathOf(save.Name));
            files.SyncDirectory(folder);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            MakeRoom(temporary);
            throw;
        }
    }

    /// <summary>
    /// Gives a folder a name that <see cref="ClearTrash"/> deletes, so that it is either whole or gone.
    /// </summary>
    public void PutAway(CheckpointName name)
    {
        files.MoveDirectory(PathOf(name), Path.Combine(folder, TrashPrefix + name));
        files.SyncDirectory(folder);
    }

    public void ClearUnfinished() => Clear(TemporaryPrefix);

    public void ClearTrash() => Clear(TrashPrefix);

    /// <summary>Whether the engine wrote a folder and nobody has put anything of their own into it.</summary>
    public bool Owns(CheckpointName name)
    {
        try
        {
            return !IsLink(PathOf(name))
                && Manifest.Read(PathOf(name)).Manifest is { } manifest
                && Directory.GetFileSystemEntries(PathOf(name)).Select(Path.GetFileName)
                .All(file => file == Manifest.FileName || manifest.Files.ContainsKey(file ?? ""));
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            return false; // What cannot be read is left alone.
        }
    }

    /// <summary>Names the newest and the best save, in files for people.</summary>
    public void WriteNames(BestSave? best)
    {
        if (Names().LastOrDefault() is { } newest)
            files.ReplaceText(Path.Combine(folder, RunFileNames.Latest), newest + "\n");
        var file = Path.Combine(folder, RunFileNames.Best);
        if (best is null)
            File.Delete(file);
        else if (new CheckpointName(best.Save, best.Step) is var name && Directory.Exists(PathOf(name)))
            files.ReplaceText(file, name + "\n");
    }

    /// <summary>Copies the beginning of another run folder's metrics.</summary>
    /// <returns>The copy's length; 0 where the source is missing or too short.</returns>
    public long CopyMetrics(string from, long length)
    {
        var source = new FileInfo(Path.Combine(from, RunFileNames.Metrics));
        if (!source.Exists || source.Length < length)
            return 0;
        var target = source.CopyTo(Path.Combine(folder, RunFileNames.Metrics), overwrite: true);
        using var copy = target.Open(FileMode.Open, FileAccess.Write);
        copy.SetLength(length);
        return length;
    }

    private void WriteFiles(PreparedSave save, string temporary)
    {
        var entries = new SortedDictionary<string, ManifestEntry>(StringComparer.Ordinal);
        files.CreateDirectory(temporary);
        foreach (var (name, write) in save.Files)
            entries.Add(name, files.Write(Path.Combine(temporary, name), write));
        entries.Add(CheckpointFiles.StateJson, files.Write(
            Path.Combine(temporary, CheckpointFiles.StateJson), stream => stream.Write(save.State)));
        files.Write(Path.Combine(temporary, Manifest.FileName), stream => stream.Write(new Manifest(entries).ToJson()));
        files.SyncDirectory(temporary);
    }

    private void MakeRoom(string temporary)
    {
        try
        {
            DeleteIfThere(temporary);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            // The save's own failure is what the caller learns; the next save or start clears up.
        }
    }

    private void DeleteIfThere(string path)
    {
        if (Directory.Exists(path))
            files.DeleteDirectory(path);
    }

    /// <summary>Deletes what can be deleted.</summary>
    /// <exception cref="IOException">Something could not.</exception>
    private void Clear(string prefix)
    {
        Exception? failure = null;
        foreach (var path in Directory.GetDirectories(folder, prefix + "*")
            .Where(path => CheckpointName.TryParse(Path.GetFileName(path)[prefix.Length..], out _) && !IsLink(path)))
            try
            {
                files.DeleteDirectory(path);
            }
            catch (Exception exception) when (exception.IsFileFault())
            {
                failure = exception;
            }
        if (failure is not null)
            throw new IOException(failure.Message, failure);
    }

    private static bool IsLink(string path) => new DirectoryInfo(path).LinkTarget is not null;
}
