using System.Buffers.Binary;
using System.Numerics;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// The format of torch.save before PyTorch 1.6: a magic number, a version, a description of the machine, the value and
/// the order of its storages as five pickles, then each storage after its number of elements, in little-endian order.
/// </summary>
internal static class LegacyTorchFile
{
    private const long Version = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356");

    /// <summary>Whether a file begins as one of this format does: with the pickle of the magic number.</summary>
    /// <param name="start">Its first bytes, enough for a pickle of that number in any protocol.</param>
    public static bool IsAtStart(ReadOnlySpan<byte> start) => start is [0x80, ..]
        && start.IndexOf((ReadOnlySpan<byte>)[0x8a, 10, .. Magic.ToByteArray()]) >= 0;

    /// <summary>Reads everything but the storages.</summary>
    /// <exception cref="TorchFileException">It is malformed, or holds other things than tensors.</exception>
    public static TorchContents Read(FileBytes file)
    {
        var pickles = file.Bytes(0, (int)Math.Min(file.Length, PickleMachine.LongestPickle), "its pickles");
        var reader = new PickleReader(pickles, "the file", file.Fault);
        if (PickleMachine.Run(reader).Value is not BigInteger magic || magic != Magic)
            throw file.Fault(TorchFileError.OtherFormat, "it is a pickle that torch.save did not write");
        if (PickleMachine.Run(reader).Value is not Version)
            throw file.Fault(TorchFileError.OtherFormat, $"its version is unknown, expected {Version}");
        PickleMachine.Run(reader);
        var (root, storages) = PickleMachine.Run(reader);
        if (PickleMachine.Run(reader).Value is not PickleList order)
            throw file.Fault(TorchFileError.InvalidPickle, "the list of its storages is missing");
        var places = new Dictionary<string, StoragePlace>(StringComparer.Ordinal);
        var position = (long)reader.Position;
        foreach (var key in order.Items)
        {
            if (key is not string name || !storages.TryGetValue(name, out var storage))
                throw file.Fault(TorchFileError.InvalidTensor, $"no tensor is a view of its storage '{key}'");
            var what = $"the storage '{name}'";
            var count = BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(position, sizeof(long), what));
            var length = storage.Count * storage.ElementSize;
            if (count != storage.Count)
                throw file.Fault(TorchFileError.InvalidTensor,
                    $"{what} has {count} elements, and its tensors expect {storage.Count}");
            position += sizeof(long);
            if (length > file.Length - position)
                throw file.Fault(TorchFileError.Truncated,
                    $"{what} claims {length} bytes, and {file.Length - position} are left");
            if (!places.TryAdd(name, new(what, position, length, null)))
                throw file.Fault(TorchFileError.InvalidTensor, $"{what} is given twice");
            position += length;
        }
        if (storages.Keys.FirstOrDefault(key => !places.ContainsKey(key)) is { } missing)
            throw file.Fault(TorchFileError.InvalidTensor, $"the storage '{missing}' is missing");
        return position == file.Length ? new(root, places, false, new Dictionary<string, string>())
            : throw file.Fault(TorchFileError.InvalidTensor,
            $"{file.Length - position} bytes follow its last storage");
    }
}
