using System.Text;
using Trainer.Recipes;

namespace Trainer.Engine.Storage;

/// <summary>
/// Checks, before any work begins, that the results of a command can be written. Creates nothing that stays.
/// </summary>
public static class Destination
{
    // Linux's ENOSPC and EDQUOT, as .NET reports them.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    private const int LongestName = 255;
    private const int LengthOfBeginning = 4096;
    private const string InTheWay = "Move it away, or name another";

    /// <summary>Checks that a new file can be created, folders above it included.</summary>
    /// <param name="name">The option or argument that names it, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="TrainerException">It exists, or cannot be created.</exception>
    public static void CheckNewFile(string name, string path)
    {
        CheckFile(name, path);
        if (File.Exists(path))
            throw Unusable(name, path, "exists already", InTheWay);
    }

    /// <summary>Checks that a file can be created, folders above it included, or replaced where it exists.</summary>
    /// <inheritdoc cref="CheckNewFile"/>
    public static void CheckFile(string name, string path)
    {
        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
            throw Unusable(name, path, "is a folder, expected a file", InTheWay);
        CheckLink(name, path);
        var full = Full(name, path);
        Probe(name, path, full);
    }

    /// <summary>Checks that files can be created in a folder, and the folder itself where it is missing.</summary>
    /// <inheritdoc cref="CheckNewFile"/>
    public static void CheckFolder(string name, string path)
    {
        CheckLink(name, path);
        if (File.Exists(path))
            throw Unusable(name, path, "is a file, expected a folder", InTheWay);
        var full = Path.TrimEndingDirectorySeparator(Full(name, path));
        Probe(name, path, Directory.Exists(full) ? full + Path.DirectorySeparatorChar : full);
    }

    /// <summary>Checks that files can be created in a folder that has none, or is missing.</summary>
    /// <inheritdoc cref="CheckNewFile"/>
    public static void CheckEmptyFolder(string name, string path)
    {
        CheckFolder(name, path);
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new TrainerException(
                ErrorKind.Recipe, $"{name}: '{path}' is not empty. Name a new folder, or move its files away.");
    }

    /// <summary>The first characters of a file that may be replaced; a device may have no end.</summary>
    /// <inheritdoc cref="CheckNewFile"/>
    public static string Beginning(string name, string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var beginning = new char[LengthOfBeginning];
            return new(beginning, 0, reader.ReadBlock(beginning));
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            var problem = $"exists already and cannot be read: {exception.Message.TrimEnd('.')}";
            throw Unusable(name, path, problem, InTheWay, exception);
        }
    }

    /// <summary>Creates the folder of a file that is about to be written.</summary>
    public static void CreateFolderOf(string file) =>
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);

    /// <summary>
    /// Creates and deletes a file beside the first part of the path that is missing: a folder may exist and yet be
    /// read-only. Another process may create that part at the same time.
    /// </summary>
    private static void Probe(string name, string path, string missing)
    {
        while (Path.GetDirectoryName(missing) is { } parent && !Directory.Exists(parent))
        {
            if (File.Exists(parent))
                throw Unusable(name, path, $"is inside '{parent}', which is a file", InTheWay);
            missing = parent;
        }
        try
        {
            File.Create(Unique(missing), 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            var full = exception is IOException { HResult: NoSpace or QuotaExceeded };
            var remedy = full ? "Make room, or name another" : "Name another place, or make this one writable";
            throw Unusable(name, path, $"cannot be written: {Reason(exception, missing)}", remedy, exception);
        }
    }

    /// <summary>A file system that is no disk answers to a new file that there is none.</summary>
    private static string Reason(Exception exception, string missing) =>
        exception is FileNotFoundException or DirectoryNotFoundException
            ? $"files cannot be created in '{Path.GetDirectoryName(missing)}'" : exception.Message.TrimEnd('.');

    /// <summary>A symbolic link to nothing counts as a file, and is one that cannot be read.</summary>
    private static void CheckLink(string name, string path)
    {
        if (path.Length == 0 || Path.EndsInDirectorySeparator(path))
            return;
        if (new FileInfo(path).LinkTarget is not { } target || Leads(path))
            return;
        const string remedy = "Create what it leads to, remove it, or name another";
        throw Unusable(name, path, $"is a symbolic link to '{target}', which does not exist", remedy);
    }

    private static bool Leads(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: true) is { Exists: true };
        }
        catch (IOException)
        {
            return false; // The links lead in a circle.
        }
    }

    private static string Full(string name, string path) =>
        path.Length > 0 ? Path.GetFullPath(path) : throw Unusable(name, path, "is an empty name", "Name one");

    /// <summary>A name that no other process uses; the name itself where it may be too long for more.</summary>
    private static string Unique(string path)
    {
        var suffix = $".probe-{Environment.ProcessId}";
        return Encoding.UTF8.GetByteCount(Path.GetFileName(path)) + suffix.Length > LongestName ? path : path + suffix;
    }

    private static TrainerException Unusable(
        string name, string path, string problem, string remedy, Exception? inner = null) =>
        new(ErrorKind.Recipe, $"{name}: '{path}' {problem}. {remedy}.", inner);
}
