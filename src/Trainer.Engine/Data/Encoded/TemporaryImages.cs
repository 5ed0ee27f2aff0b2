using Trainer.Recipes;

namespace Trainer.Engine.Data.Encoded;

/// <summary>
/// Encoded images in a temporary file, where each can be read alone; of a Parquet file, only whole row groups can,
/// and of a compressed array all of it.
/// </summary>
internal static class TemporaryImages
{
    /// <summary>Copies the images to a file that is removed when it is closed, or when the process ends.</summary>
    /// <param name="place">Where they are from.</param>
    /// <param name="images">In their order; read one after the other.</param>
    /// <exception cref="TrainerException">An image cannot be read, or there is no room for the file.</exception>
    public static StoredImages Store(string place, IEnumerable<EncodedImage> images)
    {
        var stream = Create();
        try
        {
            var file = new FileSlices(stream.SafeFileHandle);
            return new([.. images.Select(image => Store(image, stream, file, place))], stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The folder of temporary files; /tmp may be in memory.</summary>
    private static string Folder =>
        Environment.GetEnvironmentVariable("TMPDIR") is null && Directory.Exists("/var/tmp")
            ? "/var/tmp" : Path.GetTempPath();

    private static FileStream Create()
    {
        var path = Path.Combine(Folder, $"trainer-{Path.GetRandomFileName()}");
        return Guarded(path, () =>
        {
            // Without a buffer: reads pass it by, and on a full disk it could not be emptied.
            var stream = new FileStream(
                path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0,
                FileOptions.DeleteOnClose);
            // An open file without a name does not outlive a process that is killed.
            if (!OperatingSystem.IsWindows())
                File.Delete(path);
            return stream;
        });
    }

    private static EncodedImage Store(EncodedImage image, FileStream stream, FileSlices file, string place)
    {
        var (offset, length) = Append(image.Read(), stream, place);
        return image with { Read = () => file.Read(offset, length) };
    }

    // On its own, so that what reads an image later does not keep its content.
    private static (long Offset, int Length) Append(byte[] content, FileStream stream, string place) =>
        Guarded(place, () =>
        {
            var offset = stream.Position;
            stream.Write(content);
            return (offset, content.Length);
        });

    private static T Guarded<T>(string place, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception error) when (error.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Data, $"{place}: the images are streamed from a temporary file in {Folder}, which cannot be "
                + $"written: {error.Message.TrimEnd('.')}. Set TMPDIR to a folder on a disk with room for a copy of "
                + "the data set.", error);
        }
    }
}
