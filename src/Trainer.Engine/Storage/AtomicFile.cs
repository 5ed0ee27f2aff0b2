using System.Text;
using Trainer.Recipes;

namespace Trainer.Engine.Storage;

/// <summary>Writes a text file so that no reader ever sees half of it.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes beside the file, syncs that, and puts it in its place, in a folder that is created where it is missing.
    /// Several processes may write the same file: the last one's stays.
    /// </summary>
    public static void Write(string path, string text)
    {
        Destination.CreateFolderOf(path);
        WriteInFolder(path, text);
    }

    /// <summary>
    /// Writes likewise in a folder that exists: the folder of a run that was moved away is not to be created again.
    /// </summary>
    public static void WriteInFolder(string path, string text)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Deletes what killed processes left unfinished in a folder in which no other process writes.
    /// </summary>
    public static void ClearLeftovers(string folder)
    {
        foreach (var leftover in Directory.GetFiles(folder, "*.tmp"))
            File.Delete(leftover);
    }

    /// <summary>Writes what an evaluation has found, which its ledger knows.</summary>
    /// <exception cref="TrainerException">There is no room, or no right.</exception>
    public static void WriteResult(string path, string text)
    {
        try
        {
            Write(path, text);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{path}' cannot be written: {exception.Message.TrimEnd('.')}. "
                + "Make room or mend the folder, and start again: what was measured is kept.", exception);
        }
    }
}
