using System.IO.Compression;
using Trainer.Engine.Networks;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>
/// Checks that a TorchScript archive is whole: libtorch loads one whose tensors are cut short without an error.
/// </summary>
internal static class TorchScriptArchive
{
    private const int PieceLength = 1 << 20;

    // Those of real networks have some kilobytes a layer.
    private const int LongestPickle = 64 << 20;

    /// <summary>Reads every record and compares its length with the archive's index and the pickles.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="Recipes.TrainerException">A record is missing, damaged or too short.</exception>
    public static void Check(Stream stream, ForeignNetwork file)
    {
        var piece = new byte[PieceLength];
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            var lengths = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var entry in archive.Entries)
                if (!lengths.TryAdd(entry.FullName, Length(entry)))
                    throw new InvalidDataException($"the record {entry.FullName} is given twice");
            // "data" has the tensors that data.pkl names, "constants" those of constants.pkl.
            foreach (var entry in archive.Entries.Where(entry => entry.Name is "data.pkl" or "constants.pkl"))
            {
                var folder = entry.FullName[..^".pkl".Length];
                foreach (var storage in PickledStorage.Of(Bytes(entry)))
                {
                    var record = $"{folder}/{storage.Key}";
                    if (!lengths.TryGetValue(record, out var length))
                        throw file.Fault($"has no record {record}, which {entry.Name} names. Get the file again");
                    if (length != storage.Bytes)
                        throw file.Fault($"the record {record} has {length} bytes, expected {storage.Bytes} for "
                            + $"{storage.Count} values of {storage.Type}. Get the file again");
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw file.Fault($"is damaged: {exception.Message.TrimEnd('.')}. Get the file again", exception);
        }

        long Length(ZipArchiveEntry entry)
        {
            var length = 0L;
            using var content = entry.Open();
            // One that unpacks to more than the index has is not read to its end.
            while (length <= entry.Length && content.Read(piece) is > 0 and var count)
                length += count;
            return length == entry.Length ? length
                : throw file.Fault($"the record {entry.FullName} has {length} bytes, and the archive's index has "
                    + $"{entry.Length}. Get the file again");
        }
    }

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        if (entry.Length > LongestPickle)
            throw new InvalidDataException($"{entry.Name} has {entry.Length} bytes, expected at most {LongestPickle}");
        using var content = entry.Open();
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }
}
