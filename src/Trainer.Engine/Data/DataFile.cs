using Trainer.Recipes;

namespace Trainer.Engine.Data;

/// <summary>
/// Turns what goes wrong with a data set's file into a failure that names the file and the remedy.
/// </summary>
/// <param name="DataSet">The data set's name.</param>
internal sealed record DataFile(string DataSet)
{
    /// <summary>Reads from a file.</summary>
    /// <exception cref="TrainerException">
    /// It cannot be read, or it is damaged, as an <see cref="InvalidDataException"/> describes.
    /// </exception>
    public T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(path, error.Message, error);
        }
        catch (Exception error) when (error.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Data, $"'{path}' cannot be read: {error.Message.TrimEnd('.')}. Make the file readable.",
                error);
        }
    }

    /// <summary>The failure of a damaged file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="found">A predicate of it.</param>
    /// <param name="inner">The cause.</param>
    public TrainerException Damaged(string path, string found, Exception? inner = null) => new(ErrorKind.Data,
        $"{path} {found}. Move the folder away and get the data set anew: scripts/get-data.sh {DataSet}.", inner);
}
