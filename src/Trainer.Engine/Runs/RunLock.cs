using System.Text;

namespace Trainer.Engine.Runs;

/// <summary>Keeps a second process out of a run folder: an open file that no other may open, and that dies with its owner.</summary>
public sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock. Changes nothing in the folder but the lock file.</summary>
    /// <exception cref="TrainerException">Another process has it, or the folder cannot be written.</exception>
    public static RunLock Take(RunFolder run)
    {
        try
        {
            // Not FileMode.Create, which would empty the file before it is known whose it is.
            var taken = new RunLock(new FileStream(run.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
            taken.Sign();
            return taken;
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            throw new TrainerException(ErrorKind.Checkpoint, $"The run folder '{run.Path}' is in use by another process, which '{run.Lock}' names. Wait for it to end, stop it, or name another folder with --run.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TrainerException(ErrorKind.Checkpoint, $"The run folder '{run.Path}' cannot be written: {exception.Message.TrimEnd('.')}. Make it writable, or name another folder with --run.", exception);
        }
    }

    /// <summary>Releases the lock. The file stays, because deleting it could free another's.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Says who has it, for people; that there is no room to say so does not matter.</summary>
    private void Sign()
    {
        try
        {
            _file.SetLength(0);
            _file.Write(Encoding.UTF8.GetBytes($"process {Environment.ProcessId} on {Environment.MachineName}\n"));
        }
        catch (IOException)
        {
            // A full disk: the lock holds all the same.
        }
    }

    /// <summary>Whether the fault is another's lock: ERROR_SHARING_VIOLATION, or EWOULDBLOCK on Linux and macOS.</summary>
    private static bool IsTaken(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;
}
