using System.IO.Compression;
using Trainer.Engine.Storage;

namespace Trainer.Engine.Data.Arrays;

/// <summary>A .npz file: a zip archive of .npy files, stored or deflated, as numpy.savez writes it.</summary>
/// <param name="path">The file.</param>
internal sealed class NpzFile(string path)
{
    // Deflate cannot make more of a byte than this.
    private const long MostBytesFromOne = 1032;

    /// <summary>Reads one of its arrays.</summary>
    /// <param name="name">The array's name.</param>
    /// <param name="read">Reads the values to their end.</param>
    /// <exception cref="Recipes.TrainerException">It cannot be read, or is not what is expected.</exception>
    public T Read<T>(string name, Func<NpyArray, T> read)
    {
        return OwnData.Read(path, () =>
        {
            using var archive = OpenArchive();
            var entry = Find(archive, name);
            try
            {
                return Read(entry, read);
            }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException($"(array '{name}') {error.Message}", error);
            }
        });
    }

    private ZipArchive OpenArchive()
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return new(file, ZipArchiveMode.Read);
        }
        catch (InvalidDataException error)
        {
            file.Dispose();
            throw new InvalidDataException(
                $"is no whole zip archive ({error.Message.TrimEnd('.')}), expected one that numpy.savez has written",
                error);
        }
    }

    private static T Read<T>(ZipArchiveEntry entry, Func<NpyArray, T> read)
    {
        if (entry.Length / MostBytesFromOne > entry.CompressedLength)
            throw new InvalidDataException(
                $"says that {entry.CompressedLength} packed bytes become {entry.Length}, which deflate cannot do");
        using var content = entry.Open();
        var checksum = new Crc32();
        var result = read(NpyArray.Open(new CountingReader(content, checksum), entry.Length));
        return checksum.Value == entry.Crc32 ? result
            : throw new InvalidDataException(
                $"has the checksum {checksum.Value:x8}, expected {entry.Crc32:x8}: the file is damaged");
    }

    private static ZipArchiveEntry Find(ZipArchive archive, string name)
    {
        var found = archive.Entries.Where(entry => entry.FullName == $"{name}.npy").ToList();
        return found.Count == 1 ? found[0]
            : throw new InvalidDataException(
                $"holds {(found.Count == 0 ? "no array" : $"{found.Count} arrays")} '{name}', expected one; it holds "
                + string.Join(", ", archive.Entries.Select(entry => Path.ChangeExtension(entry.FullName, null))));
    }
}
