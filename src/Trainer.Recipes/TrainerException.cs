namespace Trainer.Recipes;

/// <summary>
/// A failure that the user can mend: its message names what was found, what was expected and what to do.
/// </summary>
/// <param name="kind">What went wrong; decides the exit code of the command.</param>
/// <param name="message">One line for the user.</param>
/// <param name="inner">The cause, whose stack trace goes to the log file only.</param>
public class TrainerException(ErrorKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What went wrong.</summary>
    public ErrorKind Kind { get; } = kind;

    /// <summary>Does something whose failures get the name of the setting that caused them.</summary>
    /// <param name="setting">The setting: "model.weights".</param>
    /// <param name="action">What to do.</param>
    public static T Named<T>(string setting, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (TrainerException exception)
        {
            throw new TrainerException(exception.Kind, $"{setting}: {exception.Message}", exception);
        }
    }
}
