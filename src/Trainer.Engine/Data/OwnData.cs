using Trainer.Recipes;

namespace Trainer.Engine.Data;

/// <summary>What the sources of a user's own images share: files that the recipe names.</summary>
internal static class OwnData
{
    /// <summary>What a path of the recipe belongs to, as the end of a sentence.</summary>
    public const string Relative = "a relative path in a file belongs to that file's folder, another to the working "
        + "folder";

    /// <summary>Turns what goes wrong with a file into a failure that names it.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="read">
    /// Reads it; throws an <see cref="InvalidDataException"/> whose message, without a full stop, is a predicate of
    /// the file.
    /// </param>
    /// <exception cref="TrainerException">It cannot be read, or it is damaged.</exception>
    public static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            throw Fault(path, error.Message.TrimEnd('.'), "Correct or replace the file", error);
        }
        catch (Exception error) when (error.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Data, $"'{path}' cannot be read: {error.Message.TrimEnd('.')}. Correct the path in data "
                + $"({Relative}), or make the file readable.", error);
        }
    }

    /// <summary>A failure of a file.</summary>
    /// <param name="place">The file, and where in it.</param>
    /// <param name="found">A predicate of it: what was found, and what was expected.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="inner">The cause.</param>
    public static TrainerException Fault(string place, string found, string remedy, Exception? inner = null) =>
        new(ErrorKind.Data, $"{place} {found}. {remedy}.", inner);

    /// <summary>Refuses to train on test images.</summary>
    /// <param name="training">The file or folder of the training images.</param>
    /// <param name="test">That of the test images.</param>
    /// <param name="keys">The keys of the recipe that name the test images.</param>
    /// <exception cref="TrainerException">They are the same one.</exception>
    public static void CheckApart(string training, string test, string keys = "data.test")
    {
        if (Target(training) == Target(test))
            throw new TrainerException(ErrorKind.Recipe, $"data.test: found '{test}', whose images are those of "
                + $"data.train, expected others. Name the test images in {keys}.");

        // Links are resolved.
        static string Target(string path)
        {
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            return Path.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
        }
    }

    /// <summary>Splits a data set whose parts have been read.</summary>
    /// <param name="name">The data set's name, on which the held-out rows depend.</param>
    /// <param name="training">The training images and where they are from.</param>
    /// <param name="test">The test images and where they are from.</param>
    /// <param name="options">What to do to the training images.</param>
    /// <exception cref="TrainerException">The parts differ in their shape, or nothing is left to train on.</exception>
    public static DataSplits Split(
        string name, (string Place, ImageData Images) training, (string Place, ImageData Images) test,
        SplitOptions options) =>
        test.Images.Shape == training.Images.Shape
            ? DataSplits.Of(name, training.Images, test.Images, options)
            : throw new TrainerException(ErrorKind.Data,
                $"{test.Place} holds images of {test.Images.Shape}, but {training.Place} holds images of "
                + $"{training.Images.Shape}. Make them of one shape.");
}
