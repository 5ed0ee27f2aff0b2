namespace Trainer.Recipes;

/// <summary>
/// A failure that the user can mend: its message says what was found, what was expected and what to do.
/// </summary>
/// <param name="kind">What went wrong; decides the exit code of the command.</param>
/// <param name="message">One line for the user.</param>
/// <param name="inner">The cause, whose stack trace goes to the log file only.</param>
public class TrainerException(ErrorKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What went wrong.</summary>
    public ErrorKind Kind { get; } = kind;
}
