namespace Trainer.Recipes;

/// <summary>The exceptions with which a file or folder fails.</summary>
public static class FileFaults
{
    /// <summary>Whether a file or folder is missing, in use, full, or not to be read or written.</summary>
    public static bool IsFileFault(this Exception exception) =>
        exception is IOException or UnauthorizedAccessException;
}
