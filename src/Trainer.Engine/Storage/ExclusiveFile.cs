namespace Trainer.Engine.Storage;

/// <summary>A file that one process at a time may have open, and that is free again when the process dies.</summary>
internal static class ExclusiveFile
{
    /// <summary>Opens it; creates it where it is missing.</summary>
    /// <exception cref="IOException">
    /// Another process has it, which <see cref="IsTaken"/> tells; or the folder is at fault.
    /// </exception>
    public static FileStream Open(string path) =>
        new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

    /// <summary>
    /// Whether the fault is another process's lock: ERROR_SHARING_VIOLATION, or EWOULDBLOCK on Linux and macOS.
    /// </summary>
    public static bool IsTaken(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;
}
