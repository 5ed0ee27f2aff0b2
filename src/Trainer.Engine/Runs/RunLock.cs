using System.Text;

namespace Trainer.Engine.Runs;

/// <summary>Keeps a second process out of a run folder: an open file that no other may open, and that dies with its owner.</summary>
public sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, or says who has it. Changes nothing in the folder but the lock file.</summary>
    /// <exception cref="TrainerException">Another process has it, or the folder cannot be written.</exception>
    public static RunLock Take(RunFolder run)
    {
        try
        {
            // Opened in two steps: the first may not truncate, because another may own the file.
            var file = new FileStream(run.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes($"process {Environment.ProcessId} on {Environment.MachineName}\n"));
            file.Flush();
            return new RunLock(file);
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            throw new TrainerException(ErrorKind.Checkpoint, $"The run folder '{run.Path}' is in use by {Owner(run.Lock)}. Wait for it to end, stop it, or name another folder with --run.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TrainerException(ErrorKind.Checkpoint, $"The run folder '{run.Path}' cannot be written: {exception.Message} Make it writable, or name another folder with --run.", exception);
        }
    }

    /// <summary>Releases the lock. The file stays, because deleting it could free another's.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Whether the fault is another's lock: ERROR_SHARING_VIOLATION, or EWOULDBLOCK on Linux and macOS.</summary>
    private static bool IsTaken(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;

    private static string Owner(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            return reader.ReadLine() is { Length: > 0 } owner ? owner : "another process";
        }
        catch (IOException)
        {
            // Windows lets nobody read a locked file.
            return "another process";
        }
    }
}
