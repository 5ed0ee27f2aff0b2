using System.Text;
using System.Text.Json;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// The format of torch.save since PyTorch 1.6: a zip archive with a pickle and a record for each storage.
/// </summary>
internal static class TorchArchive
{
    /// <summary>The record of the pickle, below the archive's folder.</summary>
    public const string Pickle = "data.pkl";

    /// <summary>Where the storages are, below the archive's folder.</summary>
    public const string Data = "data/";

    /// <summary>The record that holds "little" or "big"; older files have none.</summary>
    public const string ByteOrder = "byteorder";

    /// <summary>The record in which trainer export describes the network.</summary>
    public const string Description = "trainer.json";

    private const string TorchScript = "constants.pkl";
    private const int LongestText = 1 << 20;

    /// <summary>Whether a file begins as an archive does.</summary>
    public static bool IsAtStart(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8);

    /// <summary>Reads everything but the storages.</summary>
    /// <exception cref="TorchFileException">It is malformed, or holds other things than tensors.</exception>
    public static TorchContents Read(FileBytes file)
    {
        var records = ZipIndex.Read(file);
        var pickle = records.Values.SingleOrNone(record => record.Name.EndsWith($"/{Pickle}", StringComparison.Ordinal))
            ?? throw file.Fault(TorchFileError.OtherFormat,
            $"it is a zip archive without a record {Pickle}, expected one that torch.save wrote");
        var folder = pickle.Name[..^Pickle.Length];
        if (records.ContainsKey(folder + TorchScript))
            throw file.Fault(TorchFileError.OtherFormat,
                "it is a TorchScript program, expected a state dict that torch.save wrote");
        if (pickle.Length > PickleMachine.LongestPickle)
            throw file.Fault(TorchFileError.TooLarge, $"its {Pickle} has {pickle.Length} bytes, and those of state "
                + $"dicts have less than {PickleMachine.LongestPickle}");
        var (root, storages) = PickleMachine.Run(new(Bytes(file, pickle), Pickle, file.Fault));
        var order = Text(file, records.GetValueOrDefault(folder + ByteOrder)) ?? "little";
        if (order is not ("little" or "big"))
            throw file.Fault(TorchFileError.InvalidRecord, $"its byte order is \"{order}\", expected little or big");
        return new(root, storages.Values.ToDictionary(
            storage => storage.Key, storage => Place(file, records, folder, storage), StringComparer.Ordinal),
            order == "big", Metadata(file, Text(file, records.GetValueOrDefault(folder + Description))));
    }

    private static StoragePlace Place(
        FileBytes file, IReadOnlyDictionary<string, ZipRecord> records, string folder, TorchStorage storage)
    {
        var name = $"{folder}{Data}{storage.Key}";
        if (!records.TryGetValue(name, out var record))
            throw file.Fault(TorchFileError.InvalidRecord, $"the record '{name}' of a storage is missing");
        CheckPlain(file, record);
        return record.Length == storage.Count * storage.ElementSize
            ? new($"the record '{name}'", record.Offset, record.Length, record.Checksum)
            : throw file.Fault(TorchFileError.InvalidTensor, $"the record '{name}' has {record.Length} bytes, and "
            + $"{storage.Count} values of {storage.Dtype} take {storage.Count * storage.ElementSize}");
    }

    private static string? Text(FileBytes file, ZipRecord? record) => record is null ? null
        : record.Length <= LongestText ? Encoding.UTF8.GetString(Bytes(file, record))
        : throw file.Fault(TorchFileError.TooLarge, $"the record '{record.Name}' has {record.Length} bytes");

    private static void CheckPlain(FileBytes file, ZipRecord record)
    {
        if (!record.IsPlain)
            throw file.Fault(TorchFileError.InvalidRecord,
                $"the record '{record.Name}' is compressed or encrypted, and torch.save does neither");
    }

    private static byte[] Bytes(FileBytes file, ZipRecord record)
    {
        CheckPlain(file, record);
        var bytes = file.Bytes(record.Offset, (int)record.Length, $"the record '{record.Name}'");
        return Crc32.Of(bytes) == record.Checksum ? bytes
            : throw file.Fault(TorchFileError.Checksum, $"the checksum of the record '{record.Name}' is wrong");
    }

    private static Dictionary<string, string> Metadata(FileBytes file, string? json)
    {
        try
        {
            return json is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];
        }
        catch (JsonException)
        {
            throw file.Fault(TorchFileError.InvalidRecord, $"the record {Description} is not a JSON object of texts");
        }
    }

    private static ZipRecord? SingleOrNone(this IEnumerable<ZipRecord> records, Func<ZipRecord, bool> condition) =>
        records.Where(condition).ToList() is [var only] ? only : null;
}
