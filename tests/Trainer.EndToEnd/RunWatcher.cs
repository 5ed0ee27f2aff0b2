using System.Collections.Concurrent;

namespace Trainer.EndToEnd;

/// <summary>Tells what a process changes in its run folder, as it happens.</summary>
internal sealed class RunWatcher : IDisposable
{
    private readonly BlockingCollection<string> changes = [];
    private readonly FileSystemWatcher watcher;

    public RunWatcher(string folder)
    {
        watcher = new(Directory.CreateDirectory(folder).FullName) { IncludeSubdirectories = true };
        watcher.Created += (_, change) => Add(change.Name);
        watcher.Changed += (_, change) => Add(change.Name);
        watcher.Renamed += (_, change) => Add(change.Name);
        watcher.EnableRaisingEvents = true;
    }

    /// <summary>The changed files and folders, relative to the run folder, until <see cref="End"/>.</summary>
    public IEnumerable<string> Changes => changes.GetConsumingEnumerable();

    /// <summary>No more will come: the process has ended.</summary>
    public void End()
    {
        watcher.EnableRaisingEvents = false;
        changes.CompleteAdding();
    }

    public void Dispose()
    {
        watcher.Dispose();
        changes.Dispose();
    }

    private void Add(string? name)
    {
        // A change may still arrive while the watcher is being turned off.
        if (name is not null && !changes.IsAddingCompleted)
            changes.TryAdd(name);
    }
}
