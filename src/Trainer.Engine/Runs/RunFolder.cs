using System.Reflection;

namespace Trainer.Engine.Runs;

/// <summary>Where a run keeps its files. Checkpoints lie directly in it.</summary>
public sealed class RunFolder
{
    private const string IgnoreResource = "checkpoints.gitignore";

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

    /// <summary>Ledgers and results of evaluations.</summary>
    public string Evaluations => At(RunFileNames.Evaluations);

    internal string Lock => At(RunFileNames.Lock);

    internal string Owner => At(RunFileNames.Owner);

    /// <summary>The folder of a named run in a checkpoint root. Creates what is missing; a root that it creates gets a .gitignore.</summary>
    /// <exception cref="TrainerException">It cannot be created.</exception>
    public static RunFolder Under(string root, string name) => Create(root, System.IO.Path.Combine(root, name));

    /// <summary>A run folder anywhere. Creates what is missing, with a .gitignore in the folder if that is.</summary>
    /// <exception cref="TrainerException">It cannot be created.</exception>
    public static RunFolder In(string path) => Create(path, path);

    private static RunFolder Create(string root, string path)
    {
        try
        {
            if (!Directory.Exists(root))
            {
                Directory.CreateDirectory(root);
                using var ignore = new FileStream(System.IO.Path.Combine(root, ".gitignore"), FileMode.CreateNew);
                Resource().CopyTo(ignore);
            }
            return new RunFolder(Directory.CreateDirectory(path).FullName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TrainerException(ErrorKind.Checkpoint, $"The run folder '{path}' cannot be created: {exception.Message.TrimEnd('.')}. Name a folder that can be written with --run.", exception);
        }
    }

    private static Stream Resource() => Assembly.GetExecutingAssembly().GetManifestResourceStream(IgnoreResource)
        ?? throw new InvalidOperationException($"The assembly lacks its resource {IgnoreResource}.");

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
