using Trainer.Engine.Storage;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>
/// Keeps a second process out of a run folder: an open file that no other may open, and that is free again when its
/// owner dies.
/// </summary>
public sealed class RunLock : IDisposable
{
    private readonly FileStream file;
    private readonly FileIdentity? folder;

    private RunLock(FileStream file, RunFolder run) =>
        (this.file, Folder, folder) = (file, run, FileIdentity.Of(run.Path));

    /// <summary>The run folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>
    /// Why another process may be in the folder all the same: some file systems grant every lock, Lustre without flock
    /// for one, and some to one process of each machine. Null where nothing speaks for it.
    /// </summary>
    public string? Doubt { get; private init; }

    /// <summary>Takes the lock. Changes nothing in the folder but its own two files.</summary>
    /// <exception cref="TrainerException">Another process has it, or the folder cannot be written.</exception>
    public static RunLock Take(RunFolder run)
    {
        try
        {
            var file = ExclusiveFile.Open(run.Lock);
            var taken = new RunLock(file, run) { Doubt = IsGrantedTwice(run) ? NoLocks(run) : OtherMachine(run) };
            taken.Sign();
            return taken;
        }
        catch (IOException exception) when (ExclusiveFile.IsTaken(exception))
        {
            var isElsewhere = Owner(run) is var owner && IsOfOtherMachine(owner);
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The run folder '{run.Path}' is in use by {owner}. Wait for it to end, "
                + "stop it, or name another folder with --run."
                + (isElsewhere ? $" If that machine is down, delete '{run.Lock}'." : ""), exception);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The run folder '{run.Path}' cannot be written: "
                + $"{exception.Message.TrimEnd('.')}. Make it writable, or name another folder with --run.", exception);
        }
    }

    /// <summary>Who has the lock of a run folder, for messages; null where it is free.</summary>
    /// <param name="folder">The run folder; exists.</param>
    public static string? OwnerOf(string folder)
    {
        var run = RunFolder.Of(folder);
        try
        {
            if (File.Exists(run.Lock))
                ExclusiveFile.Open(run.Lock).Dispose();
            return null;
        }
        catch (IOException exception) when (ExclusiveFile.IsTaken(exception))
        {
            return Owner(run);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            return null; // Taking it will fail with the reason.
        }
    }

    /// <summary>Checks that the run folder is still the one whose lock was taken.</summary>
    /// <exception cref="TrainerException">It was moved or deleted; another may be in its place.</exception>
    public void CheckFolder()
    {
        // The lock alone may have been deleted, as by a cleaner of old files.
        var isHere = FileIdentity.Of(Folder.Lock) is { } present
            ? present == (FileIdentity.Of(file.SafeFileHandle) ?? present)
            : Directory.Exists(Folder.Path) && FileIdentity.Of(Folder.Path) == folder;
        if (!isHere)
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The run folder '{Folder.Path}' was moved or deleted while its run was at work, "
                + "so that nothing more can be saved. If it was moved, move it back or name its new place with --run: "
                + "the run resumes from its last checkpoint.");
    }

    /// <summary>Releases the lock. The file stays, because deleting it could free another's.</summary>
    public void Dispose()
    {
        Try(() =>
        {
            File.Delete(Folder.Owner);
            return "";
        });
        file.Dispose();
    }

    private static bool IsGrantedTwice(RunFolder run)
    {
        try
        {
            ExclusiveFile.Open(run.Lock).Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Writes who holds it, for people to read.</summary>
    private void Sign() => Try(() =>
    {
        File.Delete(Folder.Owner);
        File.WriteAllText(Folder.Owner, $"process {Environment.ProcessId}{Here}\n");
        return "";
    });

    private static string NoLocks(RunFolder run) =>
        $"The file system of '{run.Path}' has no locks, so nothing keeps a second process out of the run folder: "
        + "start none."
        + (File.Exists(run.Owner) ? $" {Owner(run)} was there before and did not sign off: make sure that it has ended."
        : "");

    private static string? OtherMachine(RunFolder run) => Owner(run) is var owner && IsOfOtherMachine(owner)
        ? $"'{run.Path}' was in use by {owner}, which did not sign off: make sure that it has ended. The locks of some "
            + "file systems keep out processes of the same machine alone."
        : null;

    private static string Here => $" on {Environment.MachineName}";

    private static bool IsOfOtherMachine(string owner) =>
        owner.Contains(" on ", StringComparison.Ordinal) && !owner.EndsWith(Here, StringComparison.Ordinal);

    private static string Owner(RunFolder run) =>
        Try(() => File.ReadAllText(run.Owner).Trim()) is { Length: > 0 } owner ? owner : "another process";

    /// <summary>That there is no room to sign, or no right, does not matter: the lock holds all the same.</summary>
    private static string Try(Func<string> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            return "";
        }
    }
}
