using System.Reflection;
using System.Text;
using Trainer.Recipes;

namespace Trainer.Engine.Checkpoints;

/// <summary>Where a run keeps its files. Checkpoints are directly in it.</summary>
public sealed class RunFolder
{
    private const string IgnoreResource = "checkpoints.gitignore";
    private const int LongestName = 255;

    private RunFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The resolved recipe.</summary>
    public string Recipe => At(RunFileNames.Recipe);

    /// <summary>One JSON line per logging interval, epoch and final evaluation.</summary>
    public string Metrics => At(RunFileNames.Metrics);

    /// <summary>A table of the epochs.</summary>
    public string Epochs => At(RunFileNames.Epochs);

    /// <summary>The log, which only grows.</summary>
    public string Log => At(RunFileNames.Log);

    /// <summary>One JSON line for each collapse of training.</summary>
    public string Collapses => At(RunFileNames.Collapses);

    /// <summary>Time and memory so far.</summary>
    public string Usage => At(RunFileNames.Usage);

    /// <summary>Ledgers and results of evaluations.</summary>
    public string Evaluations => At(RunFileNames.Evaluations);

    /// <summary>A folder that another process has created.</summary>
    internal static RunFolder Of(string path) => new(path);

    internal string Lock => At(RunFileNames.Lock);

    internal string Owner => At(RunFileNames.Owner);

    /// <summary>
    /// The folder of a named run in a checkpoint root. Creates what is missing; a root that it creates gets a
    /// .gitignore.
    /// </summary>
    /// <exception cref="TrainerException">
    /// The name leaves the root, the folder cannot be created, or it holds files of someone else.
    /// </exception>
    public static RunFolder Under(string root, string name)
    {
        CheckName(name);
        return Create(root, System.IO.Path.Combine(root, name));
    }

    /// <summary>A run folder anywhere. Creates what is missing, with a .gitignore in the folder if that is.</summary>
    /// <exception cref="TrainerException">It cannot be created, or it holds files of someone else.</exception>
    public static RunFolder In(string path) => Create(path, path);

    /// <summary>Checks that a name is one of a folder below the checkpoint root.</summary>
    /// <exception cref="TrainerException">It is not.</exception>
    public static void CheckName(string name)
    {
        if (System.IO.Path.IsPathRooted(name) || name.Any(char.IsControl)
            || name.Split('/', '\\').Any(part => !IsFolderName(part)))
        {
            throw new TrainerException(ErrorKind.Recipe, $"name: found \"{name}\", expected the name of a folder "
                + "below the checkpoint root, such as \"my-run\" or \"cifar10/my-run\": no part of it empty, "
                + "longer than 255 bytes, "
                + "or with a dot or space at its beginning or a space at its end.");
        }
    }

    private static bool IsFolderName(string part) =>
        part.Trim() == part && part.Length > 0 && part[0] != '.' && Encoding.UTF8.GetByteCount(part) <= LongestName;

    private static RunFolder Create(string root, string path)
    {
        try
        {
            RefuseFilesOfOthers(path);
            if (!Directory.Exists(root))
            {
                Directory.CreateDirectory(root);
                WriteIgnoreFile(System.IO.Path.Combine(root, ".gitignore"));
            }
            return new RunFolder(Directory.CreateDirectory(path).FullName);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The run folder '{path}' cannot be created: {exception.Message.TrimEnd('.')}. "
                + "Name a folder that can be written with --run.", exception);
        }
    }

    private static void WriteIgnoreFile(string path)
    {
        try
        {
            using var ignore = new FileStream(path, FileMode.CreateNew);
            Resource().CopyTo(ignore);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process created the folder at the same time: a task of a job array.
        }
    }

    /// <summary>Refuses a folder that is no run and has what a run would write: training would overwrite it.</summary>
    private static void RefuseFilesOfOthers(string path)
    {
        if (!Directory.Exists(path) || IsRun(path))
            return;
        var files = RunFileNames.Written.Where(name => System.IO.Path.Exists(System.IO.Path.Combine(path, name)))
            .ToList();
        if (files.Count > 0)
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"The folder '{path}' holds {string.Join(", ", files)} and is "
                + "no run folder: training would overwrite what is there. Name another folder with --run, "
                + "or move the files away.");
        }
    }

    internal static bool IsRun(string path) =>
        File.Exists(System.IO.Path.Combine(path, RunFileNames.Lock))
        || Directory.EnumerateDirectories(path)
            .Any(folder => CheckpointName.TryParse(System.IO.Path.GetFileName(folder), out _));

    private static Stream Resource() => Assembly.GetExecutingAssembly().GetManifestResourceStream(IgnoreResource)
        ?? throw new InvalidOperationException($"The assembly lacks its resource {IgnoreResource}.");

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
