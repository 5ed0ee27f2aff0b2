using System.IO.Compression;
using Trainer.Engine.Data.Encoded;
using Trainer.Engine.Storage.PyTorch;

namespace Trainer.Engine.Data.Arrays;

/// <summary>
/// An array in a .npz file: a zip archive of .npy files, stored or deflated, as numpy.savez writes it.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="name">The array's name.</param>
internal sealed class NpzArray(string path, string name) : IArrayFile
{
    // Deflate cannot make more of a byte than this.
    private const long MostBytesFromOne = 1032;

    /// <inheritdoc/>
    public string Place => $"{path} (array '{name}')";

    /// <inheritdoc/>
    public NpyArray Open()
    {
        var (archive, entry) = OwnData.Read(path, Find);
        try
        {
            return entry.Length / MostBytesFromOne <= entry.CompressedLength
                ? NpyArray.Open(entry.Open(), entry.Length, entry.Crc32, archive)
                : throw new InvalidDataException(
                    $"says that {entry.CompressedLength} packed bytes become {entry.Length}, which deflate cannot do");
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public (FileSlices File, long Start)? Locate()
    {
        var record = OwnData.Read(path, FindRecord);
        if (!record.IsPlain)
            return null;
        using var array = Open();
        array.Verify();
        return (FileSlices.Open(path), record.Offset + array.Header.Length);
    }

    private (ZipArchive Archive, ZipArchiveEntry Entry) Find()
    {
        var archive = OpenArchive();
        var found = archive.Entries.Where(entry => entry.FullName == $"{name}.npy").ToList();
        if (found.Count == 1)
            return (archive, found[0]);
        using (archive)
            throw new InvalidDataException(
                $"holds {(found.Count == 0 ? "no array" : $"{found.Count} arrays")} '{name}', expected one; it holds "
                + string.Join(", ", archive.Entries.Select(entry => Path.ChangeExtension(entry.FullName, null))));
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

    // .NET's archive does not tell where an entry's bytes are.
    private ZipRecord FindRecord()
    {
        try
        {
            using var file = new FileBytes(path, File.OpenRead(path));
            return ZipIndex.Read(file)[$"{name}.npy"];
        }
        catch (TorchFileException error)
        {
            throw new InvalidDataException(
                $"is a damaged zip archive ({error.Error}), expected one that numpy.savez has written", error);
        }
    }
}
